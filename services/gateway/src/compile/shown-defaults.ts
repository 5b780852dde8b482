import { __InputValue, astFromValue, print, type GraphQLArgument } from 'graphql';

/**
 * Introspection shows a default as the schema's text has it. graphql-js prints it from its value, which
 * fails for numbers that JavaScript cannot hold. The types of introspection belong to the whole process:
 * this is true of every schema, and doing it again changes nothing.
 */
export function showDefaultsAsWritten(): void {
  Object.assign(__InputValue.getFields()['defaultValue'] ?? {}, { resolve: shownDefault });
}

function shownDefault(input: GraphQLArgument): string | null {
  // What is built into GraphQL has no text.
  const literal = input.astNode?.defaultValue ?? astFromValue(input.defaultValue, input.type);
  return literal ? print(literal) : null;
}
