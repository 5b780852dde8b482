import type { GraphQLScalarType } from 'graphql';

import { isBuiltInScalar, type BuiltInScalar } from '../binding/scalar-names.ts';
import { bigNumber, wholeNumber } from './number-scalars.ts';
import { withForm, type ScalarForm } from './scalar-form.ts';
import { BYTES, CHAR, DATE_TIME } from './text-scalars.ts';

/** A scalar of the schema with the values of its built-in meaning. */
type Create = (base: GraphQLScalarType) => GraphQLScalarType | undefined;

const formed =
  <T>(form: ScalarForm<T>): Create =>
  (base) =>
    withForm(base, form);

const CREATE: Readonly<Record<BuiltInScalar, Create>> = {
  Long: formed(wholeNumber('Long', 64)),
  Short: formed(wholeNumber('Short', 16)),
  Byte: formed(wholeNumber('Byte', 8)),
  BigInteger: formed(bigNumber('BigInteger', 'whole')),
  BigDecimal: formed(bigNumber('BigDecimal', 'decimal')),
  Char: formed(CHAR),
  Bytes: formed(BYTES),
  DateTime: formed(DATE_TIME),
  // Any value: the gateway handles it like a scalar that the schema defines.
  JSON: () => undefined,
};

/** The scalar of a schema with our values; undefined for any other scalar, which holds any JSON. */
export function createScalar(base: GraphQLScalarType): GraphQLScalarType | undefined {
  return isBuiltInScalar(base.name) ? CREATE[base.name](base) : undefined;
}
