import { isUtf8 } from 'node:buffer';

import { AppError } from '@quicksilver/common/errors/app-error';
import { JSON_DEPTH_MAX } from '../json-text.ts';

/** Bytes of the longest 64-bit number: seven bits in each. */
const LONG_BYTES_MAX = 10;
/** A JS number holds the bits of this many bytes, at seven bits each. */
const SAFE_BYTES = 7;
const UINT64_MAX = 2n ** 64n - 1n;
const INT32_MAX = 2 ** 31 - 1;
/** Maximum characters of a value as JSON. */
const CHARS_MAX = 67_108_864;
/**
 * A few bytes can expand to much JSON, for example by long names or lists of empty items. Each byte
 * may become this many characters, in addition to the first million.
 */
const CHARS_PER_BYTE = 1_024;
const CHARS_OF_ANY = 1_048_576;

/**
 * Reads Avro's binary encoding from the bytes of a record. Any writer of the topic may have chosen
 * the bytes, so every length is checked. Every method throws `AppError` TYPE_MISMATCH if the bytes
 * have another form.
 *
 * The encoding: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 */
export class AvroCursor {
  readonly #bytes: Buffer;
  readonly #charsMax: number;
  #at: number;
  #depth = 0;
  #chars = 0;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#charsMax = Math.min(CHARS_MAX, CHARS_OF_ANY + CHARS_PER_BYTE * bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** A 64-bit number, as a JS number if that can hold it. */
  long(): number | bigint {
    const start = this.#at;
    let number = 0;
    let factor = 1;
    for (let read = 0; read < SAFE_BYTES; read += 1) {
      const byte = this.#byte();
      number += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
      }
      factor *= 128;
    }
    this.#at = start;
    return this.#bigLong();
  }

  int(): number {
    const number = this.long();
    if (typeof number !== 'number' || number > INT32_MAX || number < -INT32_MAX - 1) {
      throw this.wrong(`expected a 32-bit number, found ${number}`);
    }
    return number;
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) {
      throw this.wrong(`expected a boolean, found the byte ${byte}`);
    }
    return byte === 1;
  }

  float(): number {
    return this.take(4).readFloatLE(0);
  }

  double(): number {
    return this.take(8).readDoubleLE(0);
  }

  /** The next bytes, not copied. */
  take(length: number): Buffer {
    const start = this.#pass(length);
    return this.#bytes.subarray(start, this.#at);
  }

  bytes(): Buffer {
    return this.take(Number(this.long()));
  }

  string(): string {
    const start = this.#pass(Number(this.long()));
    const text = this.#bytes.toString('utf8', start, this.#at);
    // The replacement character may also be part of a valid text.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, this.#at))) {
      throw this.wrong('a string is not valid UTF-8');
    }
    return text;
  }

  /** An index into a list of `count` items. */
  index(count: number, of: string): number {
    const index = this.int();
    if (index < 0 || index >= count) {
      throw this.wrong(`${of} ${index} of ${count} does not exist`);
    }
    return index;
  }

  /** The number of items in the next block of an array or a map; 0 ends it. */
  blockCount(): number {
    const count = Number(this.long());
    if (count < 0) {
      const bytes = Number(this.long());
      if (bytes < 0 || bytes > this.left) {
        throw this.wrong(`expected a block of ${bytes} bytes, but ${this.left} are left`);
      }
    }
    return Math.abs(count);
  }

  /** Enters a nested level until `leave`. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > JSON_DEPTH_MAX) {
      throw this.wrong(`there are more than ${JSON_DEPTH_MAX} levels of arrays, maps and records`);
    }
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Counts characters of JSON, and memory, that may exceed the number of bytes. */
  spend(chars: number): void {
    this.#chars += chars;
    if (this.#chars > this.#charsMax) {
      throw this.wrong(`the value has more than ${this.#charsMax} characters as JSON`);
    }
  }

  expectEnd(): void {
    if (this.left > 0) {
      throw this.wrong(`${this.left} extra bytes after the value`);
    }
  }

  wrong(why: string): AppError {
    return new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type AVRO: ${why} (byte ${this.#at} of ${this.#bytes.length}).`,
    );
  }

  /** Skips `length` bytes and returns their start. */
  #pass(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.left) {
      throw this.wrong(`expected ${length} bytes, but ${this.left} are left`);
    }
    this.#at = start + length;
    this.spend(length);
    return start;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      throw this.wrong('they end too early');
    }
    this.#at += 1;
    return byte;
  }

  #bigLong(): bigint {
    let number = 0n;
    for (let read = 0; read < LONG_BYTES_MAX; read += 1) {
      const byte = this.#byte();
      number |= BigInt(byte & 0x7f) << BigInt(7 * read);
      if (byte < 0x80) {
        if (number > UINT64_MAX) {
          break;
        }
        return (number >> 1n) ^ -(number & 1n);
      }
    }
    throw this.wrong('a number has more than 64 bits');
  }
}
