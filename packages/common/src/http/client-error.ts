import type { Socket } from 'node:net';

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

/** Answers a connection whose bytes never became a request, and closes it. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = CODE_OF_PARSER[error.code ?? ''] ?? BAD;
  const problem = toProblem(new AppError(code, detail), '');
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
