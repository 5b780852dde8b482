import { GraphQLError, Lexer, parse, Source, TokenKind, type DocumentNode } from 'graphql';

import { GRAPHQL_CODES } from './graphql-error.ts';

/** Parses a document of at most `tokensMax` tokens. Throws `GraphQLError` with a code. */
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
      // The cache of errors returns this one for requests over HTTP too.
      error.extensions['http'] ??= { status: 400, spec: true };
    }
    throw error;
  }
}

/** The error of a document whose levels exceed the stack. That takes a high limit of tokens. */
export function tooDeep(): GraphQLError {
  return new GraphQLError('The document has too many levels to be read. Use fewer levels.', {
    extensions: { code: GRAPHQL_CODES.depth },
  });
}

/** The parser has the same limit, but its error looks like any syntax error. */
function assertTokens(source: Source, tokensMax: number): void {
  const lexer = new Lexer(source);
  let tokens = 0;
  while (lexer.advance().kind !== TokenKind.EOF) {
    tokens += 1;
    if (tokens > tokensMax) {
      throw new GraphQLError(
        `The document has more than ${tokensMax} tokens, the limit. Use a shorter document.`,
        {
          extensions: { code: GRAPHQL_CODES.tokens },
        },
      );
    }
  }
}
