import { __InputValue, astFromValue, print, type GraphQLArgument } from 'graphql';

/**
 * Makes introspection show defaults as the text of the schema has them. graphql-js prints the
 * value, which fails for numbers that JavaScript cannot represent. The introspection types belong
 * to the whole process, so this affects every schema. It is idempotent.
 */
export function showDefaultsAsWritten(): void {
  Object.assign(__InputValue.getFields()['defaultValue'] ?? {}, { resolve: shownDefault });
}

function shownDefault(input: GraphQLArgument): string | null {
  // Built-in inputs have no text.
  const literal = input.astNode?.defaultValue ?? astFromValue(input.defaultValue, input.type);
  return literal ? print(literal) : null;
}
