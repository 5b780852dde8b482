import { isUtf8 } from 'node:buffer';

import { AppError } from '@quicksilver/common/errors/app-error';
import { JSON_DEPTH_MAX } from '../json-text.ts';

/** Bytes of the longest 64-bit number: seven bits in each. */
const LONG_BYTES_MAX = 10;
/** Bytes whose seven bits each still fit a JS number without loss. */
const SAFE_BYTES = 7;
const UINT64_MAX = 2n ** 64n - 1n;
const INT32_MAX = 2 ** 31 - 1;
/** Characters that one value may have as JSON. */
const CHARS_MAX = 67_108_864;
/** Lists of items without bytes, and long names, make much of a few bytes: that many of each, beside the first million. */
const CHARS_PER_BYTE = 1_024;
const CHARS_OF_ANY = 1_048_576;

/**
 * Reads Avro's binary encoding from one record's bytes. Everything is checked against the bytes that
 * are there before it is believed, since anybody who may write to the topic chose them. Every method
 * throws `AppError` TYPE_MISMATCH where the bytes cannot be what was asked for.
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

  /** A 64-bit number, as a JS number where that holds all its digits. */
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
      throw this.wrong(`a 32-bit number was expected, found ${number}`);
    }
    return number;
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) {
      throw this.wrong(`a boolean was expected, found the byte ${byte}`);
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
    // The character that stands for what is no UTF-8 may also be in a text.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, this.#at))) {
      throw this.wrong('a string is not valid UTF-8');
    }
    return text;
  }

  /** The place in a list of so many. */
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
        throw this.wrong(`a block of ${bytes} bytes is said to follow, ${this.left} are left`);
      }
    }
    return Math.abs(count);
  }

  /** What follows until `leave` lies one level deeper. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > JSON_DEPTH_MAX) {
      throw this.wrong(`there are more than ${JSON_DEPTH_MAX} levels of arrays, maps and records`);
    }
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Counts characters of JSON, and memory for them, that need not have bytes of their own. */
  spend(chars: number): void {
    this.#chars += chars;
    if (this.#chars > this.#charsMax) {
      throw this.wrong(`the value has more than ${this.#charsMax} characters as JSON`);
    }
  }

  expectEnd(): void {
    if (this.left > 0) {
      throw this.wrong(`${this.left} bytes are left behind the value`);
    }
  }

  wrong(why: string): AppError {
    return new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type AVRO: ${why} (byte ${this.#at} of ${this.#bytes.length}).`,
    );
  }

  /** Goes on behind so many bytes; gives where they begin. */
  #pass(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.left) {
      throw this.wrong(`${length} bytes were expected, ${this.left} are left`);
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
