import { GraphQLError, Lexer, parse, Source, TokenKind, type DocumentNode } from 'graphql';

import { GRAPHQL_CODES } from './graphql-error.ts';

/** Parses an operation of at most so many tokens. Throws `GraphQLError` with a code. */
export function parseDocument(text: string | Source, tokensMax: number): DocumentNode {
  const source = typeof text === 'string' ? new Source(text) : text;
  try {
    assertTokens(source, tokensMax);
    return parse(source, { maxTokens: tokensMax });
  } catch (error) {
    if (error instanceof RangeError) {
      throw tooDeep();
    }
    if (error instanceof GraphQLError) {
      error.extensions['code'] ??= GRAPHQL_CODES.parse;
    }
    throw error;
  }
}

/** Of a document that has more levels than the stack, where so many tokens are allowed. */
export function tooDeep(): GraphQLError {
  return new GraphQLError('The document has more levels than can be read.', {
    extensions: { code: GRAPHQL_CODES.depth },
  });
}

/** The parser has such a limit too, but its error is one of syntax like any other. */
function assertTokens(source: Source, tokensMax: number): void {
  const lexer = new Lexer(source);
  let tokens = 0;
  while (lexer.advance().kind !== TokenKind.EOF) {
    tokens += 1;
    if (tokens > tokensMax) {
      throw new GraphQLError(`The document has more than the ${tokensMax} tokens allowed.`, {
        extensions: { code: GRAPHQL_CODES.tokens },
      });
    }
  }
}
