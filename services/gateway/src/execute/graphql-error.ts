import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { REMEDIES } from '@quicksilver/common/errors/remedies';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** Codes of errors that only GraphQL has, beside those of the catalogue. */
export const GRAPHQL_CODES = {
  /** The document is no GraphQL. */
  parse: 'GRAPHQL_PARSE_FAILED',
  /** The document does not fit the schema. */
  validation: 'GRAPHQL_VALIDATION_FAILED',
  /** A variable does not have its type, or the request asks for an operation that is not there. */
  input: 'BAD_USER_INPUT',
  /** A record does not have the form that the schema promises; the path says where. */
  mismatch: 'SCHEMA_MISMATCH',
  /** More levels of fields than allowed. */
  depth: 'DEPTH',
  /** More tokens than allowed. */
  tokens: 'TOKENS',
  /** More aliases than allowed. */
  aliases: 'ALIASES',
  /** More directives than allowed. */
  directives: 'DIRECTIVES',
  /** The answer may hold more values than allowed. */
  cost: 'QUERY_TOO_COMPLEX',
  /** No document has this id. Clients then send the document along, by these very words. */
  unknownDocument: 'PERSISTED_QUERY_NOT_FOUND',
  /** The id that came along is not that of the document. */
  otherDocument: 'PERSISTED_QUERY_MISMATCH',
  /** Only documents that were handed to the gateway may run. */
  untrusted: 'DOCUMENT_NOT_TRUSTED',
} as const;

/**
 * The only place where something thrown becomes a GraphQL error with `extensions.code`. Errors of
 * the catalogue keep their text; whatever nobody expected is logged and masked.
 */
export function toGraphqlError(error: unknown, log: Log): GraphQLError {
  const root = rootOf(error);
  const located = error instanceof GraphQLError ? error : undefined;
  if (root instanceof AppError) {
    const { retry, status } = CATALOG[root.code];
    const http = located?.path === undefined ? { http: { status } } : {};
    const said = Object.fromEntries(
      TOLD.flatMap((name) => {
        const value = root.extra[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    const help = REMEDIES[root.code];
    return rebuilt(root.message, located, { code: root.code, retry, help, ...said, ...http });
  }
  if (root instanceof GraphQLError) {
    const code = located?.path === undefined ? GRAPHQL_CODES.input : GRAPHQL_CODES.mismatch;
    return rebuilt(root.message, located, { code, ...root.extensions, ...located?.extensions });
  }
  // The executor says with plain errors that a value cannot be null or does not fit its type.
  if (root instanceof Error && root.constructor === Error && located?.path !== undefined) {
    return rebuilt(root.message, located, { code: GRAPHQL_CODES.mismatch });
  }
  log.error({ err: root, path: located?.path }, 'a field met an unexpected error');
  const { title, retry } = CATALOG.INTERNAL;
  const help = REMEDIES.INTERNAL;
  return rebuilt(`${title}.`, located, { code: 'INTERNAL', retry, help, http: { status: 500 } });
}

/** Of a write that failed, whether it may have been done all the same; of a REST service, its own words. */
const TOLD = ['outcome', 'REST error message'] as const;

/** As clients see it: without what only the HTTP layer needs. */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const json = error.toJSON();
  const { http: _http, ...extensions } = json.extensions ?? {};
  return { ...json, extensions };
}

/** What was thrown first, below the errors that only add a place to it. */
function rootOf(error: unknown): unknown {
  let at = error;
  while (at instanceof GraphQLError && at.originalError) {
    at = at.originalError;
  }
  return at;
}

function rebuilt(
  message: string,
  located: GraphQLError | undefined,
  extensions: Record<string, unknown>,
): GraphQLError {
  // Variables are wrapped with the text that says which one it is.
  const isVariable = located !== undefined && located.path === undefined;
  return new GraphQLError(isVariable ? located.message : message, {
    nodes: located?.nodes ?? null,
    source: located?.source ?? null,
    positions: located?.positions ?? null,
    path: located?.path ?? null,
    extensions,
  });
}
