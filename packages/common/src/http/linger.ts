import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** Maximum bytes of a rejected body that are read and discarded. */
const BYTES_MAX = 67_108_864;
/** Milliseconds until a client must have sent them and closed. */
const LINGER_MS = 2_000;
const CHECK_MS = 50;

export interface LingerLimits {
  readonly bytesMax?: number;
  readonly lingerMs?: number;
}

/**
 * Delays the close of a connection if part of the request body is unread. Closing a socket with
 * unread bytes sends a reset, which can discard the response at the client (RFC 9112, 9.6). So the
 * server ends its side, and reads until the client closes. Time and bytes are bounded.
 */
export function lingerAfter(
  request: IncomingMessage,
  { bytesMax = BYTES_MAX, lingerMs = LINGER_MS }: LingerLimits = {},
): void {
  const { socket } = request;
  if (request.complete) {
    return;
  }
  // Node calls this after the response if it does not keep the connection.
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
    }, CHECK_MS);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => clearInterval(look));
    socket.end();
    request.resume();
  };
}
