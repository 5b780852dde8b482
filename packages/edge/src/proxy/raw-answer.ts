import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { AppError } from '@quicksilver/common/errors/app-error';
import { toProblem } from '@quicksilver/common/errors/problem';
import { API_KEY_CHALLENGE } from '@quicksilver/common/http/api-key-check';

import type { HeaderList } from './headers.ts';

/** The head of a response on a connection that no HTTP server manages any more. */
export function rawHead(status: number, statusText: string, headers: HeaderList): string {
  const lines = [`HTTP/1.1 ${status} ${statusText}`];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    lines.push(`${headers[at]}: ${headers[at + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Milliseconds that a rejected client has to close its side. */
const CLOSE_MS = 2_000;

/** Sends an error response and closes the connection. */
export function answerError(socket: Duplex, error: AppError, path: string): void {
  const problem = toProblem(error, path);
  const body = JSON.stringify(problem);
  const headers = ['content-type', 'application/json', 'connection', 'close'];
  headers.push('content-length', String(Buffer.byteLength(body)));
  if (error.status === 401) {
    headers.push('www-authenticate', API_KEY_CHALLENGE);
  }
  if (error.retryAfterSeconds !== undefined) {
    headers.push('retry-after', String(error.retryAfterSeconds));
  }
  // Reads the rest, because unread bytes would hide that the client closes.
  socket.resume();
  const late = setTimeout(() => socket.destroy(), CLOSE_MS);
  socket.once('close', () => clearTimeout(late));
  socket.end(`${rawHead(problem.status, STATUS_CODES[problem.status] ?? '', headers)}${body}`);
}
