import { STATUS_CODES } from 'node:http';

import { AppError } from './app-error.ts';
import { CATALOG, isErrorCode, type ErrorCode } from './catalog.ts';
import { REMEDIES } from './remedies.ts';

/** Maximum length of a detail. User input in it may be longer. */
const DETAIL_MAX = 500;

/**
 * The wire body of an error: the five members of bakdata Quick, then those of RFC 9457, then ours.
 */
export interface Problem {
  readonly type: 'errors/clientError' | 'errors/serverError';
  readonly title: string;
  /** The HTTP status, as in bakdata Quick. The symbolic code is `errorCode`. */
  readonly code: number;
  readonly detail: string;
  readonly uriPath: string;
  readonly status: number;
  readonly instance: string;
  readonly errorCode: ErrorCode;
  readonly retry: 'never' | 'later' | 'elsewhere';
  /** The remedy, in one sentence. */
  readonly help: string;
  readonly requestId?: string;
  readonly [extra: string]: unknown;
}

export function toProblem(error: AppError, uriPath: string, requestId?: string): Problem {
  const { status, retry } = CATALOG[error.code];
  return {
    type: status < 500 ? 'errors/clientError' : 'errors/serverError',
    title: STATUS_CODES[status] ?? CATALOG[error.code].title,
    code: status,
    detail: cut(error.message),
    uriPath,
    status,
    instance: uriPath,
    errorCode: error.code,
    retry,
    help: REMEDIES[error.code],
    ...(requestId === undefined ? {} : { requestId }),
    ...error.extra,
  };
}

/** Converts a body from one of our services back to its error. Undefined for any other body. */
export function fromProblem(body: unknown): AppError | undefined {
  if (typeof body !== 'object' || body === null) {
    return undefined;
  }
  const { errorCode, detail } = body as { errorCode?: unknown; detail?: unknown };
  return isErrorCode(errorCode) && typeof detail === 'string'
    ? new AppError(errorCode, detail)
    : undefined;
}

function cut(text: string): string {
  // Cut by code point, to avoid half a surrogate pair.
  return text.length <= DETAIL_MAX
    ? text
    : `${[...text.slice(0, DETAIL_MAX)].slice(0, -1).join('')}…`;
}
