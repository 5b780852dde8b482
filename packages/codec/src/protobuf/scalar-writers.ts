import { wholeDigits } from '@quicksilver/common/numbers/decimal';
import { base64Of, unquote } from '../json-text.ts';
import { floatOf, numberOf, refused } from '../mismatch.ts';
import { sizedBytes, varintBytes, zigzag } from './proto-bytes.ts';
import type { ScalarName } from './proto-type.ts';

/** Converts checked JSON text of a value to bytes. `path` is for messages of SCHEMA_MISMATCH. */
export type WriteProto = (json: string, path: string) => Buffer;

/** Total over Protobuf's scalars. */
export const SCALAR_WRITERS: Readonly<Record<ScalarName, WriteProto>> = {
  double: (json, path) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(numberOf(json, path));
    return bytes;
  },
  float: (json, path) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(floatOf(json, path));
    return bytes;
  },
  int32: (json, path) => varintBytes(signed(json, path, 32)),
  int64: (json, path) => varintBytes(signed(json, path, 64)),
  uint32: (json, path) => varintBytes(unsigned(json, path, 32)),
  uint64: (json, path) => varintBytes(unsigned(json, path, 64)),
  sint32: (json, path) => varintBytes(zigzag(signed(json, path, 32))),
  sint64: (json, path) => varintBytes(zigzag(signed(json, path, 64))),
  fixed32: (json, path) => fixed32(unsigned(json, path, 32)),
  fixed64: (json, path) => fixed64(unsigned(json, path, 64)),
  sfixed32: (json, path) => fixed32(signed(json, path, 32)),
  sfixed64: (json, path) => fixed64(signed(json, path, 64)),
  bool: (json, path) => {
    if (json !== 'true' && json !== 'false') {
      throw refused(path, 'true or false', json);
    }
    return Buffer.from([json === 'true' ? 1 : 0]);
  },
  string: (json, path) => sizedBytes(Buffer.from(textOf(json, path))),
  bytes: (json, path) => {
    const bytes = json.startsWith('"') ? base64Of(unquote(json)) : undefined;
    if (bytes === undefined) {
      throw refused(path, 'bytes in base64', json);
    }
    return sizedBytes(bytes);
  },
};

export function textOf(json: string, path: string, expected = 'a string of valid Unicode'): string {
  const text = json.startsWith('"') ? unquote(json) : undefined;
  if (text?.isWellFormed() !== true) {
    throw refused(path, expected, json);
  }
  return text;
}

export function signed(json: string, path: string, bits: 32 | 64): bigint {
  const value = wholeOf(json, bits);
  if (value === undefined || BigInt.asIntN(bits, value) !== value) {
    throw refused(path, `a whole number of ${bits} bits`, json);
  }
  return value;
}

function unsigned(json: string, path: string, bits: 32 | 64): bigint {
  const value = wholeOf(json, bits);
  if (value === undefined || BigInt.asUintN(bits, value) !== value) {
    throw refused(path, `a whole number of ${bits} bits without a sign`, json);
  }
  return value;
}

/** Digits of the longest 64-bit number. */
const DIGITS_MAX = 20;
const DIGITS = /^"-?(?:0|[1-9]\d{0,19})"$/;

/** Protobuf's own JSON has 64-bit numbers as strings, so these are accepted too. */
function wholeOf(json: string, bits: 32 | 64): bigint | undefined {
  const text = bits === 64 && DIGITS.test(json) ? json.slice(1, -1) : json;
  const digits = wholeDigits(text, DIGITS_MAX);
  return digits === undefined ? undefined : BigInt(digits);
}

function fixed32(value: bigint): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(BigInt.asUintN(32, value)));
  return bytes;
}

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
