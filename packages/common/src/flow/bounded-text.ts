/** Reads a body of UTF-8 as a whole. Rejects with an error if it has more than `bytesMax` bytes. */
export async function boundedText(body: AsyncIterable<unknown>, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > bytesMax) {
      throw new Error(`the response has more than ${bytesMax} bytes`);
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
