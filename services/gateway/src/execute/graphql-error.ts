import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { REMEDIES } from '@quicksilver/common/errors/remedies';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';

/** Codes of errors that only GraphQL has. All other codes are in the catalogue. */
export const GRAPHQL_CODES = {
  /** The document is not valid GraphQL. */
  parse: 'GRAPHQL_PARSE_FAILED',
  /** The document does not fit the schema. */
  validation: 'GRAPHQL_VALIDATION_FAILED',
  /** A variable or an argument does not have its type. */
  input: 'BAD_USER_INPUT',
  /** A record does not fit the schema. `path` is the path of the field. */
  mismatch: 'SCHEMA_MISMATCH',
  /** More levels of fields than allowed. */
  depth: 'DEPTH',
  /** More tokens than allowed. */
  tokens: 'TOKENS',
  /** More aliases than allowed. */
  aliases: 'ALIASES',
  /** More directives than allowed. */
  directives: 'DIRECTIVES',
  /** The result may contain more values than allowed. */
  cost: 'QUERY_TOO_COMPLEX',
  /** No document has this id. Clients that receive exactly this code send the text. */
  unknownDocument: 'PERSISTED_QUERY_NOT_FOUND',
  /** The id in the request is not the id of the document. */
  otherDocument: 'PERSISTED_QUERY_MISMATCH',
  /** Only trusted documents may run. */
  untrusted: 'DOCUMENT_NOT_TRUSTED',
} as const;

/**
 * The only place where a thrown value becomes a GraphQL error with `extensions.code`. Errors of the
 * catalogue keep their text. Unexpected errors are logged and masked.
 */
export function toGraphqlError(error: unknown, log: Log): GraphQLError {
  const root = rootOf(error);
  const located = error instanceof GraphQLError ? error : undefined;
  if (root instanceof AppError) {
    const { retry, status } = CATALOG[root.code];
    const http = located?.path === undefined ? { http: { status } } : {};
    const extras = Object.fromEntries(
      SENT_EXTRAS.flatMap((name) => {
        const value = root.extra[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    const help = REMEDIES[root.code];
    return rebuilt(root.message, located, { code: root.code, retry, help, ...extras, ...http });
  }
  if (root instanceof GraphQLError) {
    // An error of an argument has the place of its value. An error of a record has that of a field.
    const isInput =
      located?.path === undefined || root.nodes?.some(({ kind }) => kind !== Kind.FIELD) === true;
    const code = isInput ? GRAPHQL_CODES.input : GRAPHQL_CODES.mismatch;
    return rebuilt(root.message, located, { code, ...root.extensions, ...located?.extensions });
  }
  // The executor throws plain errors if a value cannot be null or does not fit its type.
  if (root instanceof Error && root.constructor === Error && located?.path !== undefined) {
    return rebuilt(root.message, located, { code: GRAPHQL_CODES.mismatch });
  }
  if (root instanceof DOMException && root.name === 'AbortError') {
    log.debug({}, 'an operation ended because its client is gone');
  } else {
    log.error({ err: root, path: located?.path }, 'a field failed with an unexpected error');
  }
  const { title, retry } = CATALOG.INTERNAL;
  const help = REMEDIES.INTERNAL;
  // An error of one field leaves the values of the others.
  const http = located?.path === undefined ? { http: { status: 500 } } : {};
  return rebuilt(`${title}.`, located, { code: 'INTERNAL', retry, help, ...http });
}

/** The members of `AppError.extra` that clients receive. */
const SENT_EXTRAS = ['outcome', 'REST error message'] as const;

/** The error as clients receive it, without the member that only HTTP needs. */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const json = error.toJSON();
  const { http: _http, ...extensions } = json.extensions ?? {};
  return { ...json, extensions };
}

/** The innermost error. The errors around it only add a path. */
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
  // The text of an error of a variable names the variable.
  const isVariable = located !== undefined && located.path === undefined;
  return new GraphQLError(isVariable ? withNumbers(located.message) : message, {
    nodes: located?.nodes ?? null,
    source: located?.source ?? null,
    positions: located?.positions ?? null,
    path: located?.path ?? null,
    extensions,
  });
}

/** If a type expects an object, GraphQL sees an exact number as an object with one member. */
function withNumbers(message: string): string {
  return message
    .replaceAll(/\{ \(number\): "([^"]*)" \}/g, '$1')
    .replace(
      /Field "\(number\)" is not defined by type "(\w+)"\./,
      'Expected type "$1" to be an object.',
    );
}
