/** One line of a body, without its line feed. Undefined if it exceeds the limit. */
export interface Line {
  /** Line number from 1, including blank lines. */
  readonly number: number;
  readonly bytes: Buffer | undefined;
}

const LINE_FEED = 0x0a;

/**
 * Splits a stream of bytes into lines and yields the lines of each chunk as a group. Blank lines
 * are skipped. Buffers at most one line of `lineBytesMax`. The bytes of a longer line are dropped.
 */
export async function* lineGroups(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<readonly Line[], void, undefined> {
  const splitter = new LineSplitter(lineBytesMax);
  for await (const chunk of chunks) {
    const lines = splitter.take(chunk);
    if (lines.length > 0) {
      yield lines;
    }
  }
  const last = splitter.end();
  if (last.length > 0) {
    yield last;
  }
}

class LineSplitter {
  readonly #lineBytesMax: number;
  /** The start of an incomplete line. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #number = 1;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  take(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(...this.end());
      start = end + 1;
    }
    if (start < chunk.length) {
      this.#keep(chunk.subarray(start));
    }
    return lines;
  }

  /** The completed line, unless it is blank. */
  end(): Line[] {
    const number = this.#number;
    const [only, ...more] = this.#rest;
    const bytes = more.length === 0 ? (only ?? Buffer.alloc(0)) : Buffer.concat(this.#rest);
    const isTooLong = this.#restBytes > this.#lineBytesMax;
    this.#number += 1;
    this.#rest = [];
    this.#restBytes = 0;
    if (isTooLong) {
      return [{ number, bytes: undefined }];
    }
    return isBlank(bytes) ? [] : [{ number, bytes }];
  }

  #keep(part: Buffer): void {
    this.#restBytes += part.length;
    if (this.#restBytes > this.#lineBytesMax) {
      this.#rest = [];
    } else if (part.length > 0) {
      this.#rest.push(part);
    }
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
