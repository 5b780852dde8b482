import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import { toProblem } from '../errors/problem.ts';
import type { LateBodies } from './late-body.ts';

/** The errors of Node's HTTP parser, by its code. */
const CODE_OF_PARSER: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive in time.'],
  HPE_INVALID_METHOD: ['NOT_IMPLEMENTED', 'The method is not supported.'],
};

const BAD: readonly [ErrorCode, string] = ['BAD_REQUEST', 'The request is not valid HTTP/1.1.'];

/**
 * Responds to a connection with invalid bytes, and closes it. `response` is the last response on
 * the connection. If its request was complete, it is sent first. An error instead would report that
 * request as failed.
 */
export function answerClientError(
  error: Error & { code?: string },
  socket: Socket,
  response: ServerResponse | undefined,
  lateBodies: LateBodies,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isOpen = response !== undefined && !response.writableFinished && !response.destroyed;
  if (isOpen && response.req.complete) {
    response.once('close', () => socket.destroySoon());
    return;
  }
  if (isOpen && response.headersSent) {
    // After the start of the response a streamed body may take any time. If it breaks, the
    // connection closes.
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
      socket.destroy();
    }
    return;
  }
  if (isOpen && error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && lateBodies.refuse(response)) {
    return;
  }
  const [code, detail] = CODE_OF_PARSER[error.code ?? ''] ?? BAD;
  answerSocket(socket, new AppError(code, detail));
}

/** This is not a proxy, so CONNECT is rejected like other methods that are not allowed. */
export function answerConnect(socket: Socket): void {
  answerSocket(socket, new AppError('METHOD_NOT_ALLOWED', 'CONNECT is not allowed here.'), [
    'allow: GET, HEAD, POST, DELETE, OPTIONS',
  ]);
}

/** Sends an error on a socket without an HTTP server, and closes it. */
export function answerSocket(
  socket: Duplex,
  error: AppError,
  headers: readonly string[] = [],
): void {
  socket.end(socketError(error, headers), () => socket.destroy());
}

/** A whole response with an error, for a socket without an HTTP server. */
export function socketError(error: AppError, headers: readonly string[] = []): string {
  const problem = toProblem(error, '');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...headers,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
