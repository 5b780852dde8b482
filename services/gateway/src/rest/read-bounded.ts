import type { Readable } from 'node:stream';

/** What was read of a body: the first bytes of it where it has more than `bytesMax`. */
export async function readBounded(
  body: Readable,
  bytesMax: number,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = chunk as Buffer;
    bytes += part.length;
    chunks.push(part);
    if (bytes > bytesMax) {
      // Leaving the loop ends the connection: the rest is never read.
      return { bytes: Buffer.concat(chunks).subarray(0, bytesMax), isWhole: false };
    }
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}
