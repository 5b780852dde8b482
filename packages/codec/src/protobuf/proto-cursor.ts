import { AppError } from '@quicksilver/common/errors/app-error';
import { JSON_DEPTH_MAX } from '../json-text.ts';
import { WIRE } from './proto-type.ts';

const NUMBER_MAX = 2 ** 29 - 1;
const TWO_TO_32 = 2 ** 32;

/**
 * Reads Protobuf's encoding from the bytes of a record. Any writer of the topic may have chosen the
 * bytes, so every length is checked. Every method throws `AppError` TYPE_MISMATCH if the bytes have
 * another form.
 *
 * The encoding: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoCursor {
  readonly bytes: Buffer;
  at: number;
  /** The halves of the last `varint` or `fixed64`, as numbers of 32 bits without a sign. */
  low = 0;
  high = 0;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The number of a field times 8, plus the encoding of its value. */
  tag(): number {
    const first = this.bytes[this.at] ?? 0;
    if (first >= 8 && first < 0x80 && this.at < this.bytes.length) {
      this.at += 1;
      return first;
    }
    this.varint();
    const number = this.low >>> 3;
    if (this.high !== 0 || number === 0 || number > NUMBER_MAX) {
      throw this.wrong(`${number} is no number of a field`);
    }
    return this.low;
  }

  varint(): void {
    const { bytes } = this;
    const first = bytes[this.at] ?? 0x80;
    if (first < 0x80) {
      this.at += 1;
      this.low = first;
      this.high = 0;
      return;
    }
    this.#longVarint();
  }

  fixed32(): void {
    const start = this.pass(4);
    this.low = this.bytes.readUInt32LE(start);
    this.high = 0;
  }

  fixed64(): void {
    const start = this.pass(8);
    this.low = this.bytes.readUInt32LE(start);
    this.high = this.bytes.readUInt32LE(start + 4);
  }

  /** The end of the bytes that follow a length. */
  sizedEnd(end: number): number {
    this.varint();
    const length = this.high * TWO_TO_32 + this.low;
    if (length > end - this.at) {
      throw this.wrong(`expected ${length} bytes, but ${end - this.at} are left`);
    }
    return this.at + length;
  }

  /** Skips `length` bytes and returns their start. */
  pass(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) {
      throw this.wrong(`expected ${length} bytes, but ${this.bytes.length - start} are left`);
    }
    this.at = start + length;
    return start;
  }

  /** Skips the value of a field. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case WIRE.varint:
        this.varint();
        return;
      case WIRE.fixed64:
        this.pass(8);
        return;
      case WIRE.sized:
        this.at = this.sizedEnd(end);
        return;
      case WIRE.group:
        this.groupEnd(tag >>> 3, end);
        return;
      case WIRE.fixed32:
        this.pass(4);
        return;
      default:
        throw this.wrong(`a value has the encoding ${tag & 7}`);
    }
  }

  /** Skips the rest of a group, and returns where its content ends. */
  groupEnd(number: number, end: number): number {
    const open = [number];
    for (;;) {
      if (this.at >= end) {
        throw this.wrong('a group does not end');
      }
      const start = this.at;
      const tag = this.tag();
      if ((tag & 7) === WIRE.groupEnd) {
        if (open.pop() !== tag >>> 3) {
          throw this.wrong('a group ends that did not begin');
        }
        if (open.length === 0) {
          return start;
        }
      } else if ((tag & 7) === WIRE.group) {
        open.push(tag >>> 3);
        if (open.length > JSON_DEPTH_MAX) {
          throw this.wrong(`there are more than ${JSON_DEPTH_MAX} levels of groups`);
        }
      } else {
        this.skip(tag, end);
      }
    }
  }

  expectEnd(end: number): void {
    if (this.at !== end) {
      throw this.wrong('a field is longer than its message');
    }
  }

  wrong(why: string): AppError {
    return new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type PROTOBUF: ${why} (byte ${this.at} of ${this.bytes.length}).`,
    );
  }

  #longVarint(): void {
    let low = 0;
    let high = 0;
    for (let read = 0; read < 10; read += 1) {
      const byte = this.bytes[this.at];
      if (byte === undefined) {
        throw this.wrong('they end too early');
      }
      this.at += 1;
      const bits = byte & 0x7f;
      if (read < 4) {
        low |= bits << (7 * read);
      } else if (read === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else {
        high |= bits << (7 * read - 32);
      }
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw this.wrong('a number has more than 64 bits');
  }
}
