import type { ServerResponse } from 'node:http';

/** An answer of so many bytes, and a shorter one, fits into what the system buffers. */
const SHORT_BYTES = 16_384;

/**
 * Cuts a client off that takes nothing of its answer for `stallMs`, and at the latest after twice
 * that: it would hold the answer, and what makes it, for ever. One that takes a little now and then
 * goes on, and so does a stream with nothing to say. Node's timer of the socket does the watching,
 * since it alone sees bytes leave in the middle of a write.
 */
export function cutWhenStalled(response: ServerResponse, payload: unknown, stallMs: number): void {
  if (isShort(payload)) {
    return;
  }
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
