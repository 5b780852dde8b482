import { STATUS_CODES } from 'node:http';

import { AppError } from './app-error.ts';
import { CATALOG, isErrorCode, type ErrorCode } from './catalog.ts';
import { REMEDIES } from './remedies.ts';

/** Characters of a detail that are sent; user input inside it may be longer. */
const DETAIL_MAX = 500;

/** The wire body of an error: the five members of Quick, then those of RFC 9457, then ours. */
export interface Problem {
  readonly type: 'errors/clientError' | 'errors/serverError';
  readonly title: string;
  /** The HTTP status, as Quick has it. The symbolic code is `errorCode`. */
  readonly code: number;
  readonly detail: string;
  readonly uriPath: string;
  readonly status: number;
  readonly instance: string;
  readonly errorCode: ErrorCode;
  readonly retry: 'never' | 'later' | 'elsewhere';
  /** What to do, in one sentence. */
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

/** The error that a service of ours sent, or undefined where the body is not one of ours. */
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
  // Cut by code point, so that no half of a surrogate pair is sent.
  return text.length <= DETAIL_MAX
    ? text
    : `${[...text.slice(0, DETAIL_MAX)].slice(0, -1).join('')}…`;
}
