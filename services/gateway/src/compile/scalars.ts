import { createScalar } from '@quicksilver/definition/scalars/create-scalar';
import { ExactNumber } from '@quicksilver/definition/scalars/exact-number';
import { GraphQLFloat, GraphQLScalarType } from 'graphql';

import { createJsonScalar } from './json-scalar.ts';

/** What a schema's scalar does: one of ours by its name, and the user's own pass JSON through. */
export function scalarOf(base: GraphQLScalarType): GraphQLScalarType {
  return createScalar(base) ?? createJsonScalar(base);
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
