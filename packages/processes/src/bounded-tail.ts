/** Keeps the last bytes of a stream, up to a bound that it may exceed by one chunk. */
export class BoundedTail {
  readonly #bytesMax: number;
  readonly #chunks: Buffer[] = [];
  #byteCount = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#byteCount += chunk.length;
    for (let first = this.#chunks[0]; first !== undefined; first = this.#chunks[0]) {
      if (this.#byteCount - first.length < this.#bytesMax) {
        return;
      }
      this.#chunks.shift();
      this.#byteCount -= first.length;
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** The last lines of a text, blank ones left out. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}
