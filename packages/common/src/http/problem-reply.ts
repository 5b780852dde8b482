import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import { toProblem } from '../errors/problem.ts';
import type { Log } from '../lifecycle/log.ts';

/** Fastify's own errors by code. Any other error that is not an `AppError` is a bug. */
const CODE_OF_FASTIFY: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'UNSUPPORTED_MEDIA_TYPE',
    'The Content-Type of the request is missing or not supported here. Send application/json.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', 'The body is larger than this service accepts.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['BODY_REQUIRED', 'The request has no body. Send a JSON body.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'BAD_REQUEST',
    'The body does not have the length that Content-Length announced.',
  ],
  FST_ERR_BAD_URL: ['BAD_REQUEST', 'The path is not a valid percent-encoded URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['BAD_REQUEST', 'A segment of the path is too long.'],
  ECONNRESET: ['BAD_REQUEST', 'The connection ended before the request was complete.'],
  FST_ERR_ASYNC_CONSTRAINT: ['BAD_REQUEST', 'The request does not fit any route.'],
  FST_ERR_HANDLER_TIMEOUT: ['REQUEST_TIMEOUT', 'The request was not answered in time.'],
};

/** Sends an error as a response. No other code does. */
export function replyWithProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): void {
  const problem = toAppError(error, request, log);
  if (problem.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(problem.retryAfterSeconds));
  }
  if (problem.closeConnection) {
    reply.header('connection', 'close');
  }
  const wantsProblem = request.headers.accept?.includes('application/problem+json') === true;
  reply
    .code(problem.status)
    .header('content-type', wantsProblem ? 'application/problem+json' : 'application/json')
    .send(JSON.stringify(toProblem(problem, pathOf(request.originalUrl), request.id)));
}

function toAppError(error: unknown, request: FastifyRequest, log: Log): AppError {
  if (error instanceof AppError) {
    if (error.status >= 500 && error.cause !== undefined) {
      log.debug({ err: error, requestId: request.id }, 'request failed');
    }
    return error;
  }
  if (codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE' && request.raw.socket.destroyed) {
    return new AppError('BAD_REQUEST', 'The client left before the response began.');
  }
  const listed = CODE_OF_FASTIFY[codeOf(error)];
  if (listed !== undefined) {
    return new AppError(listed[0], listed[1]);
  }
  log.error({ err: error, requestId: request.id }, 'a request failed with an unexpected error');
  return new AppError(
    'INTERNAL',
    `An unexpected error occurred. Its log entry has the request id ${request.id}.`,
  );
}

function codeOf(error: unknown): string {
  return (error as Partial<FastifyError> | null)?.code ?? '';
}

/** The path without the query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
