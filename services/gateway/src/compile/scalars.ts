import { createScalar } from '@quicksilver/definition/scalars/create-scalar';
import type { GraphQLScalarType } from 'graphql';

import { createJsonScalar } from './json-scalar.ts';

/** What a schema's scalar does: one of ours by its name, and the user's own pass JSON through. */
export function scalarOf(base: GraphQLScalarType): GraphQLScalarType {
  return createScalar(base) ?? createJsonScalar(base);
}
