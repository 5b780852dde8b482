import {
  getNamedType,
  GraphQLList,
  GraphQLNonNull,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  valueFromAST,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';

import { inputsOf } from '@quicksilver/definition/schema-inputs';

/**
 * Puts our Float in the place of GraphQL's. Neither graphql-js nor graphql-tools can do that for one
 * schema: the first always takes its own, the second changes it for the whole process. The schema was
 * made a moment ago and nobody has it yet.
 */
export function replaceFloat(schema: GraphQLSchema, float: GraphQLScalarType): void {
  const types = schema.getTypeMap();
  if (types['Float'] === undefined) {
    return;
  }
  types['Float'] = float;
  for (const type of Object.values(types)) {
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        field.type = withFloat(field.type, float);
      }
    }
  }
  for (const input of inputsOf(schema)) {
    Object.assign(input, { type: withFloat(input.type, float) });
  }
}

/**
 * Reads the defaults of arguments and input fields anew from the text of the schema: when they were
 * read first its scalars were not ours yet, and rounded them. The default of an object has those of its
 * members in it, which are read before it.
 */
export function readDefaults(schema: GraphQLSchema): void {
  const seen = new Set<GraphQLArgument | GraphQLInputField>();
  inputsOf(schema).forEach(read);

  function read(input: GraphQLArgument | GraphQLInputField): void {
    const literal = input.astNode?.defaultValue;
    if (!literal || seen.has(input)) {
      return;
    }
    seen.add(input);
    const type = getNamedType(input.type);
    Object.values(isInputObjectType(type) ? type.getFields() : {}).forEach(read);
    input.defaultValue = valueFromAST(literal, input.type);
  }
}

/** The same type where there is no Float in it. */
function withFloat<T extends GraphQLType>(type: T, float: GraphQLScalarType): T {
  if (getNamedType(type).name !== 'Float') {
    return type;
  }
  // The wrappers are rebuilt in their order, so the result is of the same kind as what came in.
  return rewrapped(type, float) as T;
}

function rewrapped(type: GraphQLType, float: GraphQLScalarType): GraphQLType {
  if (isNonNullType(type)) {
    return new GraphQLNonNull(rewrapped(type.ofType, float) as never);
  }
  return isListType(type) ? new GraphQLList(rewrapped(type.ofType, float)) : float;
}
