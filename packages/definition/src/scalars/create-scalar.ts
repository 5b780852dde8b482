import type { GraphQLScalarType } from 'graphql';

import { bigNumber, wholeNumber } from './number-scalars.ts';
import { withForm } from './scalar-form.ts';
import { BYTES, CHAR, DATE_TIME } from './text-scalars.ts';

/** What a schema's scalar does that is ours by its name; undefined for any other, which is JSON. */
export function createScalar(base: GraphQLScalarType): GraphQLScalarType | undefined {
  switch (base.name) {
    case 'Long':
      return withForm(base, wholeNumber(base.name, 64));
    case 'Short':
      return withForm(base, wholeNumber(base.name, 16));
    case 'Byte':
      return withForm(base, wholeNumber(base.name, 8));
    case 'BigInteger':
      return withForm(base, bigNumber(base.name, 'whole'));
    case 'BigDecimal':
      return withForm(base, bigNumber(base.name, 'decimal'));
    case 'Char':
      return withForm(base, CHAR);
    case 'Bytes':
      return withForm(base, BYTES);
    case 'DateTime':
      return withForm(base, DATE_TIME);
    default:
      return undefined;
  }
}
