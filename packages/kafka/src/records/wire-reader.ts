/** Reads Kafka's wire format from a buffer. Reading past the end throws a `RangeError`. */
export class WireReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8));
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw new RangeError('a variable-length integer is too long');
  }

  /** A slice of the buffer, not a copy. */
  bytes(length: number): Buffer {
    const start = this.#advance(length);
    return this.#buffer.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.bytes(this.#buffer.length - this.#at);
  }

  uuid(): string {
    const hex = this.bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  /** A compact string starts with its length plus one. Zero is null. */
  compactString(): string | null {
    const length = this.uvarint();
    return length === 0 ? null : this.bytes(length - 1).toString('utf8');
  }

  compactBytes(): Buffer | null {
    const length = this.uvarint();
    return length === 0 ? null : this.bytes(length - 1);
  }

  /** A null array reads as an empty one. */
  compactArray<T>(read: () => T): T[] {
    const items: T[] = [];
    // Grows item by item: the count of a damaged response must not allocate memory.
    for (let count = this.uvarint() - 1; count > 0; count -= 1) {
      items.push(read());
    }
    return items;
  }

  skipTags(): void {
    for (let count = this.uvarint(); count > 0; count -= 1) {
      this.uvarint();
      this.#advance(this.uvarint());
    }
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length < 0 || start + length > this.#buffer.length) {
      throw new RangeError(`expected ${length} bytes at ${start} of ${this.#buffer.length}`);
    }
    this.#at = start + length;
    return start;
  }
}
