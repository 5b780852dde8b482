import { createScalar } from '@quicksilver/definition/scalars/create-scalar';
import type { GraphQLScalarType } from 'graphql';

import { createJsonScalar } from './json-scalar.ts';

/** The implementation of a scalar: ours if the name is known. Scalars of users accept any JSON. */
export function scalarOf(base: GraphQLScalarType): GraphQLScalarType {
  return createScalar(base) ?? createJsonScalar(base);
}
