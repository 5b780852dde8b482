import { GraphQLError } from 'graphql';

import { DocumentCache } from './document-cache.ts';
import { GRAPHQL_CODES } from './graphql-error.ts';

/** The names of the limits in metrics, by the code of their error. */
export const LIMIT_NAMES: ReadonlyMap<unknown, string> = new Map(
  (['depth', 'aliases', 'directives', 'cost'] as const).map((name) => [GRAPHQL_CODES[name], name]),
);

/** Counts a document that has more tokens than allowed. */
export function countTokens(error: unknown, onRefused: (limit: string) => void): void {
  if (error instanceof GraphQLError && error.extensions['code'] === GRAPHQL_CODES.tokens) {
    onRefused('tokens');
  }
}

/** The errors of the parser. A document with one is refused without being parsed again. */
export class CountedErrors extends DocumentCache<Error> {
  readonly #onRefused: (limit: string) => void;

  constructor(charsMax: number, onRefused: (limit: string) => void) {
    super(charsMax);
    this.#onRefused = onRefused;
  }

  override get(text: string): Error | undefined {
    const error = super.get(text);
    countTokens(error, this.#onRefused);
    return error;
  }
}
