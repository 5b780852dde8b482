import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';

import type { UpstreamFailure } from '../metrics.ts';

/** Rejected by undici before anything was sent, because of an invalid header or path. */
const UNSENDABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);
const LATE = new Set(['UND_ERR_HEADERS_TIMEOUT', 'EDGE_ANSWER_TIMEOUT']);

/** The error that a client gets if a service does not respond. */
export function toUpstreamError(error: Error, label: string, isSent: boolean): AppError {
  const code = codeOf(error);
  if (UNSENDABLE.has(code)) {
    return new AppError(
      'BAD_REQUEST',
      'The request has a header that cannot be forwarded. Remove or correct it.',
    );
  }
  const options = { cause: error };
  if (!isSent) {
    const detail = `${capital(label)} is unreachable, and nothing was sent to it. Retry later.`;
    return new AppError('UPSTREAM_UNREACHABLE', detail, options);
  }
  const unknown = 'The outcome of the request is unknown';
  if (LATE.has(code)) {
    const detail = `${capital(label)} did not respond in time. ${unknown}.`;
    return new AppError('UPSTREAM_TIMEOUT', detail, options);
  }
  const detail = `${capital(label)} closed the connection before it responded. ${unknown}.`;
  return new AppError('UPSTREAM_BAD_RESPONSE', detail, options);
}

/** For metrics. */
export function reasonOf(error: Error): UpstreamFailure {
  return (error instanceof AppError ? REASONS[error.code] : undefined) ?? 'refused';
}

const REASONS: Partial<Record<ErrorCode, UpstreamFailure>> = {
  UPSTREAM_UNREACHABLE: 'unreachable',
  UPSTREAM_TIMEOUT: 'late',
  UPSTREAM_BAD_RESPONSE: 'broken',
};

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
