import type { ASTNode, GraphQLError } from 'graphql';

/** One error of a schema, at its place in the user's text. */
export interface DefinitionProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** All problems of a schema at once, in the order of the text. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = sorted.map(({ line, column, message }) => `${line}:${column} ${message}`);
    super(`The GraphQL schema is invalid:\n${lines.map((text) => `  ${text}`).join('\n')}`);
    this.problems = sorted;
  }
}

export function problemAt(node: ASTNode | undefined, message: string): DefinitionProblem {
  const start = node?.loc?.startToken;
  return { message, line: start?.line ?? 1, column: start?.column ?? 1 };
}

export function problemOf(error: GraphQLError): DefinitionProblem {
  const at = error.locations?.[0];
  return { message: error.message, line: at?.line ?? 1, column: at?.column ?? 1 };
}
