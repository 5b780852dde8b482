import { GraphQLFloat, GraphQLScalarType } from 'graphql';

import { ExactNumber } from '../load/exact-number.ts';
import { createJsonScalar } from './json-scalar.ts';
import { bigNumber, wholeNumber } from './number-scalars.ts';
import { withForm } from './scalar-form.ts';
import { BYTES, CHAR, DATE_TIME } from './text-scalars.ts';

/** What a schema's scalar does: one of ours by its name, and the user's own pass JSON through. */
export function createScalar(base: GraphQLScalarType): GraphQLScalarType {
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
      return createJsonScalar(base);
  }
}

/** GraphQL's Float, which also prints digits that a JS number cannot hold. */
export function createFloat(): GraphQLScalarType {
  return new GraphQLScalarType({
    ...GraphQLFloat.toConfig(),
    serialize: (value) =>
      value instanceof ExactNumber && Number.isFinite(Number(value.text))
        ? value.toJSON()
        : GraphQLFloat.serialize(value),
    parseValue: (value) =>
      GraphQLFloat.parseValue(value instanceof ExactNumber ? Number(value.text) : value),
  });
}
