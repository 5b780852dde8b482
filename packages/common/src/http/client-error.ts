import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalog.ts';
import { toProblem } from '../errors/problem.ts';

/** What Node's HTTP parser refuses before there is a request, by its code. */
const CODE_OF_PARSER: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive in time.'],
  HPE_INVALID_METHOD: ['NOT_IMPLEMENTED', 'The method is not known here.'],
};

const BAD: readonly [ErrorCode, string] = ['BAD_REQUEST', 'The request is not valid HTTP/1.1.'];

/**
 * Answers a connection whose bytes are no request, and closes it. `response` is the last one begun
 * there. Where its request had arrived completely it is sent first: an error in its place would tell
 * the client that the request failed.
 */
export function answerClientError(
  error: Error & { code?: string },
  socket: Socket,
  response: ServerResponse | undefined,
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
    // A streamed body whose answer has begun may take as long as it moves; broken, it just ends.
    if (error.code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
      socket.destroy();
    }
    return;
  }
  const [code, detail] = CODE_OF_PARSER[error.code ?? ''] ?? BAD;
  answerSocket(socket, new AppError(code, detail));
}

/** No proxy: a tunnel is refused like any other method that is not allowed. */
export function answerConnect(socket: Socket): void {
  answerSocket(socket, new AppError('METHOD_NOT_ALLOWED', 'CONNECT is not allowed here.'), [
    'allow: GET, HEAD, POST, DELETE, OPTIONS',
  ]);
}

/** Answers with an error where no HTTP server writes, and closes. */
export function answerSocket(
  socket: Duplex,
  error: AppError,
  headers: readonly string[] = [],
): void {
  const problem = toProblem(error, '');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...headers,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
