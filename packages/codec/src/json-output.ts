import { isUtf8 } from 'node:buffer';

import { doubleJson, floatJson } from './number-json.ts';

const INITIAL_BYTES = 1_024;
/** A larger buffer is released after the value. */
const KEPT_BYTES_MAX = 1_048_576;
/** Shorter bytes are copied one by one, which costs less than a call of Node's function. */
const SHORT_BYTES = 24;
const SMALL_MAX = 999_999_999;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const SPACE = 0x20;

/**
 * Builds JSON text as UTF-8, without strings for its parts. The bytes of a reader's text are copied
 * as they are if they need no escapes. One object builds one value after the other.
 */
export class JsonOutput {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = 0;
  #bytesMax = 0;

  /** Starts a value. Exceeding `bytesMax` throws `RangeError`. */
  begin(bytesMax: number): void {
    this.#end = 0;
    this.#bytesMax = bytesMax;
  }

  /** A copy of the value. */
  take(): Buffer {
    const value = Buffer.from(this.#bytes.subarray(0, this.#end));
    if (this.#bytes.length > KEPT_BYTES_MAX) {
      this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
    }
    return value;
  }

  /** The number of bytes so far, for `cut`. */
  get length(): number {
    return this.#end;
  }

  /** Removes what was added after `length`, and returns it. */
  cut(length: number): Buffer {
    const rest = Buffer.from(this.#bytes.subarray(length, this.#end));
    this.#end = length;
    return rest;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#end] = byte;
    this.#end += 1;
  }

  raw(part: Uint8Array): void {
    const { length } = part;
    this.#reserve(length);
    if (length > SHORT_BYTES) {
      this.#bytes.set(part, this.#end);
    } else {
      for (let at = 0; at < length; at += 1) {
        this.#bytes[this.#end + at] = part[at] ?? 0;
      }
    }
    this.#end += length;
  }

  ascii(text: string): void {
    const { length } = text;
    this.#reserve(length);
    for (let at = 0; at < length; at += 1) {
      this.#bytes[this.#end + at] = text.charCodeAt(at);
    }
    this.#end += length;
  }

  utf8(text: string): void {
    this.#reserve(3 * text.length);
    this.#end += this.#bytes.write(text, this.#end);
  }

  /** A whole number that a JS number holds exactly. */
  whole(value: number): void {
    if (value > SMALL_MAX || value < -SMALL_MAX) {
      this.ascii(String(value));
      return;
    }
    let rest = value;
    if (value < 0) {
      this.byte(MINUS);
      rest = -value;
    }
    let digits = 1;
    for (let power = 10; rest >= power; power *= 10) {
      digits += 1;
    }
    this.#reserve(digits);
    for (let at = this.#end + digits - 1; at >= this.#end; at -= 1) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[at] = ZERO + rest - 10 * tenth;
      rest = tenth;
    }
    this.#end += digits;
  }

  double(value: number): void {
    if (Number.isInteger(value) && value <= SMALL_MAX && value >= -SMALL_MAX) {
      this.whole(value);
    } else {
      this.ascii(doubleJson(value));
    }
  }

  float(value: number): void {
    this.ascii(floatJson(value));
  }

  /** The JSON string of text in UTF-8. False if the bytes are not UTF-8. */
  string(bytes: Buffer, start: number, end: number): boolean {
    this.#reserve(end - start + 2);
    const into = this.#bytes;
    let at = this.#end;
    into[at] = QUOTE;
    at += 1;
    for (let from = start; from < end; from += 1) {
      const byte = bytes[from] ?? 0;
      if (byte < SPACE || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) {
        return this.#escaped(bytes, start, end);
      }
      into[at] = byte;
      at += 1;
    }
    into[at] = QUOTE;
    this.#end = at + 1;
    return true;
  }

  base64(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('base64', start, end);
    this.#reserve(text.length + 2);
    this.#bytes[this.#end] = QUOTE;
    this.#bytes.write(text, this.#end + 1, 'latin1');
    this.#end += text.length + 2;
    this.#bytes[this.#end - 1] = QUOTE;
  }

  #escaped(bytes: Buffer, start: number, end: number): boolean {
    if (!isUtf8(bytes.subarray(start, end))) {
      return false;
    }
    this.utf8(JSON.stringify(bytes.toString('utf8', start, end)));
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#end + count;
    if (needed <= this.#bytes.length) {
      return;
    }
    if (needed > this.#bytesMax) {
      throw new RangeError(`the value has more than ${this.#bytesMax} bytes as JSON`);
    }
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}
