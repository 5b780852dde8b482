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
 * Reads the defaults of arguments and input fields from the text of the schema again. The first
 * time, the built-in scalars rounded them. The defaults of members are read before that of their
 * object, which contains them.
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
