import type { ServerResponse } from 'node:http';

/** A response up to this size fits into the buffers of the system. */
export const SHORT_BYTES = 16_384;

/**
 * Closes the connection of a client that reads nothing of its response for `stallMs`, at the latest
 * after twice that time. Otherwise it would hold the response and its source forever. Slow readers
 * and idle streams continue. Node's timer of the socket is used, because only it sees bytes leave
 * in the middle of a write.
 */
export function cutWhenStalled(response: ServerResponse, payload: unknown, stallMs: number): void {
  if (!isShort(payload)) {
    cutStalled(response, stallMs);
  }
}

/** As `cutWhenStalled`, for a response of any length. */
export function cutStalled(response: ServerResponse, stallMs: number): void {
  response.setTimeout(stallMs, () => {
    if (response.writableLength > 0) {
      response.destroy();
    }
  });
}

function isShort(payload: unknown): boolean {
  return (
    payload === null ||
    payload === undefined ||
    ((typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length <= SHORT_BYTES)
  );
}
