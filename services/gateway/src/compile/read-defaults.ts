import {
  getNamedType,
  isInputObjectType,
  valueFromAST,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql';

import { inputsOf } from '@quicksilver/definition/schema-inputs';

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
