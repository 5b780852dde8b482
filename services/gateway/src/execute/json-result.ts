import type { ExecutionResult } from 'graphql';

import { formatError, GRAPHQL_CODES } from './graphql-error.ts';
import type { RequestParams } from './request-params.ts';

/** The media types of one result (GraphQL over HTTP, section "Media types"). */
export type JsonType = 'application/json' | 'application/graphql-response+json';

/** A response whose body is one result. */
export interface JsonResponse {
  readonly status: number;
  readonly type: JsonType;
  readonly body: string;
}

const TYPE_OF: Readonly<Record<string, JsonType>> = {
  'application/json': 'application/json',
  'application/graphql-response+json': 'application/graphql-response+json',
  'application/*': 'application/json',
  '*/*': 'application/json',
};
const CHARSET = 'charset=utf-8';

/** The first of the accepted types that a result has. Undefined if there is none. */
export function jsonTypeOf(accepted: readonly string[]): JsonType | undefined {
  for (const each of accepted) {
    const [type = '', ...parameters] = each.replaceAll(/\s/g, '').split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    const jsonType = (charset ?? CHARSET) === CHARSET ? TYPE_OF[type] : undefined;
    if (jsonType !== undefined) {
      return jsonType;
    }
  }
  return undefined;
}

/**
 * A client that accepts only `application/json` gets errors of its document with 200, as GraphQL
 * over HTTP requires. An operation over a limit is 400 for every client.
 */
const IS_ALWAYS_400: Readonly<Record<keyof typeof GRAPHQL_CODES, boolean>> = {
  parse: false,
  validation: false,
  input: false,
  mismatch: false,
  depth: true,
  tokens: true,
  aliases: true,
  directives: true,
  cost: true,
  unknownDocument: false,
  otherDocument: false,
  untrusted: false,
};
/** A request that is not a GraphQL request is 400 for every client too. */
const ALWAYS_400: ReadonlySet<unknown> = new Set([
  ...Object.entries(GRAPHQL_CODES).flatMap(([name, code]) =>
    IS_ALWAYS_400[name as keyof typeof GRAPHQL_CODES] ? [code] : [],
  ),
  'BAD_REQUEST',
]);

const KNOWN_PARAMS: ReadonlySet<string> = new Set([
  'query',
  'operationName',
  'variables',
  'extensions',
]);

/** Whether every member of a request has a type that it may have, and the document is there. */
export function isWellFormed(params: RequestParams): boolean {
  const { query, operationName, variables, extensions } = params;
  return (
    typeof query === 'string' &&
    query !== '' &&
    (typeof operationName === 'string' || isAbsent(operationName)) &&
    (isAbsent(variables) || isPlainObject(variables)) &&
    (isAbsent(extensions) || isPlainObject(extensions)) &&
    Object.keys(params).every((name) => KNOWN_PARAMS.has(name))
  );
}

export function jsonResponse(result: ExecutionResult, type: JsonType): JsonResponse {
  const { errors, data, extensions } = withStatus(result);
  const body = JSON.stringify({
    ...(errors === undefined ? {} : { errors: errors.map(formatError) }),
    ...(data === undefined ? {} : { data }),
    ...(extensions === undefined ? {} : { extensions }),
  });
  return { status: statusOf(result, type), type, body };
}

/** A response without errors. `data` is JSON. */
export function dataResponse(
  data: string,
  extensions: ExecutionResult['extensions'],
  type: JsonType,
): JsonResponse {
  const added = extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`;
  return { status: 200, type, body: `{"data":${data}${added}}` };
}

/** Sets the status of errors that are 400 for every client. */
export function withStatus(result: ExecutionResult): ExecutionResult {
  for (const error of result.errors ?? []) {
    const http = error.extensions?.['http'];
    if (ALWAYS_400.has(error.extensions?.['code']) && typeof http === 'object') {
      Object.assign(error.extensions, { http: { status: 400, ...http, spec: false } });
    }
  }
  return result;
}

/**
 * The greatest status that an error names, else 200. A client that accepts `application/json` gets
 * 200 for the errors that the specification has in mind (`spec`).
 */
function statusOf({ errors = [] }: ExecutionResult, type: JsonType): number {
  let greatest = 0;
  for (const { extensions } of errors) {
    const http = extensions['http'] as { readonly status?: number; readonly spec?: boolean };
    if (http?.status !== undefined && !(type === 'application/json' && http.spec === true)) {
      greatest = Math.max(greatest, http.status);
    }
  }
  return greatest === 0 ? 200 : greatest;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}
