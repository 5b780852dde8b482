import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** Bytes of a refused body that are still read, and thrown away. */
const BYTES_MAX = 67_108_864;
/** Milliseconds that a client has to send them and to leave. */
const LINGER_MS = 2_000;
const LOOK_MS = 50;

export interface LingerLimits {
  readonly bytesMax?: number;
  readonly lingerMs?: number;
}

/**
 * Closes the connection slowly if it is closed after the answer to this request and part of the body
 * is still unread. A socket that is closed with bytes unread sends a reset, and a reset may take from
 * the client the answer that it has not read yet (RFC 9112, 9.6). So the server ends its side and
 * goes on reading until the client closes too, for a bounded time and a bounded number of bytes.
 */
export function lingerAfter(
  request: IncomingMessage,
  { bytesMax = BYTES_MAX, lingerMs = LINGER_MS }: LingerLimits = {},
): void {
  const { socket } = request;
  if (request.complete) {
    return;
  }
  // What Node calls once the answer is written, where the connection is not kept.
  socket.destroySoon = () => {
    if (request.complete) {
      Socket.prototype.destroySoon.call(socket);
      return;
    }
    const until = performance.now() + lingerMs;
    const bytesEnd = socket.bytesRead + bytesMax;
    const look = setInterval(() => {
      if (performance.now() >= until || socket.bytesRead >= bytesEnd) {
        socket.destroy();
      }
    }, LOOK_MS);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearInterval(look));
    socket.end();
    request.resume();
  };
}
