const LINE_BYTES_MAX = 65_536;
const NEW_LINE = 0x0a;

/** Splits chunks of bytes into lines. A line that exceeds the limit is split into pieces. */
export class LineSplitter {
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): readonly string[] {
    const lines: string[] = [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = bytes.indexOf(NEW_LINE);
      if (end !== -1 && end <= LINE_BYTES_MAX) {
        lines.push(bytes.toString('utf8', 0, end));
        bytes = bytes.subarray(end + 1);
      } else if (bytes.length > LINE_BYTES_MAX) {
        lines.push(bytes.toString('utf8', 0, LINE_BYTES_MAX));
        bytes = bytes.subarray(LINE_BYTES_MAX);
      } else {
        this.#rest = Buffer.from(bytes);
        return lines;
      }
    }
  }

  /** The last line, without a line end. */
  rest(): readonly string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest.toString('utf8')];
  }
}
