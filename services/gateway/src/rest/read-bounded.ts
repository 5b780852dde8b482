import type { Readable } from 'node:stream';

/** Reads a body, or its first `bytesMax` bytes. */
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
      // Leaving the loop closes the connection, so the rest is never read.
      return { bytes: Buffer.concat(chunks).subarray(0, bytesMax), isWhole: false };
    }
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}
