import {
  getNamedType,
  GraphQLList,
  GraphQLNonNull,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';

import { inputsOf } from '../schema/schema-inputs.ts';
import { createBuiltIns } from './built-in-scalars.ts';

type Scalars = ReadonlyMap<string, GraphQLScalarType>;

/**
 * Replaces GraphQL's Int, Float and ID with ours. Neither library can do that for one schema:
 * graphql-js always uses its own, and graphql-tools changes them for the whole process. The schema
 * is new, so no other code has it yet. `String` and `Boolean` stay GraphQL's, because introspection
 * and `@skip` use variables of these types.
 */
export function replaceBuiltIns(schema: GraphQLSchema): void {
  const types = schema.getTypeMap();
  const scalars = new Map(
    createBuiltIns()
      .filter(({ name }) => types[name] !== undefined)
      .map((scalar) => [scalar.name, scalar]),
  );
  for (const [name, scalar] of scalars) {
    types[name] = scalar;
  }
  for (const type of Object.values(types)) {
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        field.type = withScalars(field.type, scalars);
      }
    }
  }
  for (const input of inputsOf(schema)) {
    Object.assign(input, { type: withScalars(input.type, scalars) });
  }
}

/** The same type if it contains none of the scalars. */
function withScalars<T extends GraphQLType>(type: T, scalars: Scalars): T {
  const scalar = scalars.get(getNamedType(type).name);
  // The wrappers are rebuilt in their order, so the result has the same kind as the input.
  return scalar === undefined ? type : (rewrapped(type, scalar) as T);
}

function rewrapped(type: GraphQLType, scalar: GraphQLScalarType): GraphQLType {
  if (isNonNullType(type)) {
    return new GraphQLNonNull(rewrapped(type.ofType, scalar) as never);
  }
  return isListType(type) ? new GraphQLList(rewrapped(type.ofType, scalar)) : scalar;
}
