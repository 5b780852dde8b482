import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import {
  isWhole,
  nearestDouble,
  parseDecimal,
  wholeDigits,
} from '@quicksilver/common/numbers/decimal';
import type { Codec, DataType } from './codec.ts';
import { badKey, checkLength, mismatch, outOfRange } from './codec-errors.ts';
import { doubleJson, floatJson, nearestFloat } from './number-json.ts';

export const shortCodec: Codec = {
  type: 'SHORT',
  fromJson(json) {
    return int16(digitsOf('SHORT', 'a whole JSON number', json), 'OUT_OF_RANGE', json);
  },
  fromText(text) {
    return int16(keyDigits(text), 'BAD_KEY');
  },
  toJson(bytes) {
    checkLength('SHORT', 2, bytes);
    return Buffer.from(String(bytes.readInt16BE(0)));
  },
};

export const integerCodec: Codec = {
  type: 'INTEGER',
  fromJson(json) {
    return int32(digitsOf('INTEGER', 'a whole JSON number', json), 'OUT_OF_RANGE', json);
  },
  fromText(text) {
    return int32(keyDigits(text), 'BAD_KEY');
  },
  toJson(bytes) {
    checkLength('INTEGER', 4, bytes);
    return Buffer.from(String(bytes.readInt32BE(0)));
  },
};

/** Also accepts the digits as a JSON string, for clients whose numbers end at 2^53. */
export const longCodec: Codec = {
  type: 'LONG',
  fromJson(json) {
    const expected = 'a whole JSON number, or its digits as a JSON string';
    if (!json.startsWith('"')) {
      return int64(digitsOf('LONG', expected, json), 'OUT_OF_RANGE', json);
    }
    // In a string each number has one spelling, as in a path. Escapes are rejected.
    const digits = json.slice(1, -1);
    if (!KEY_FORM.test(digits)) {
      throw mismatch('LONG', expected, json);
    }
    return int64(digits, 'OUT_OF_RANGE');
  },
  fromText(text) {
    return int64(keyDigits(text), 'BAD_KEY');
  },
  toJson(bytes) {
    checkLength('LONG', 8, bytes);
    return Buffer.from(String(bytes.readBigInt64BE(0)));
  },
};

/** Minus zero becomes zero. They are equal, except as the bytes of a key. */
export const doubleCodec: Codec = {
  type: 'DOUBLE',
  fromJson(json) {
    if (!NUMBER_START.test(json)) {
      throw mismatch('DOUBLE', 'a JSON number', json);
    }
    const value = nearestDouble(json);
    if (value === undefined) {
      throw outOfRange('OUT_OF_RANGE', 'a number that a 64-bit float can hold', json);
    }
    return float64(value);
  },
  fromText(text) {
    const value = Number(text);
    if (!Number.isFinite(value) || String(value) !== text) {
      throw badKey('a number in its shortest form, such as 1.5 or 1e+21', text);
    }
    return float64(value);
  },
  toJson(bytes) {
    checkLength('DOUBLE', 8, bytes);
    return Buffer.from(doubleJson(bytes.readDoubleBE(0)));
  },
};

/** As DOUBLE. A number becomes the nearest 32-bit float, and is shown as the shortest of it. */
export const floatCodec: Codec = {
  type: 'FLOAT',
  fromJson(json) {
    if (!NUMBER_START.test(json)) {
      throw mismatch('FLOAT', 'a JSON number', json);
    }
    const value = nearestFloat(json);
    if (value === undefined) {
      throw outOfRange('OUT_OF_RANGE', 'a number that a 32-bit float can hold', json);
    }
    return float32(value);
  },
  fromText(text) {
    const value = Math.fround(Number(text));
    if (!Number.isFinite(value) || floatJson(value) !== text) {
      throw badKey('a number in its shortest form, such as 1.5 or 1e+21', text);
    }
    return float32(value);
  },
  toJson(bytes) {
    checkLength('FLOAT', 4, bytes);
    return Buffer.from(floatJson(bytes.readFloatBE(0)));
  },
};

/** The bytes of a number as a key. Minus zero becomes zero. */
export function float64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  return bytes;
}

/** As `float64`. */
export function float32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeFloatBE(value === 0 ? 0 : value);
  return bytes;
}

const NUMBER_START = /^[-\d]/;
const INTEGER_FORM = /^-?(?:0|[1-9]\d*)$/;
/** The only spelling of a number in a path. */
const KEY_FORM = /^(?:0|-?[1-9]\d*)$/;

const INT16_MAX = 2 ** 15 - 1;
const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;
/** Digits and sign of the longest 64-bit number. BigInt takes seconds for a megabyte of digits. */
const INT64_CHARS = 20;

function keyDigits(text: string): string {
  if (!KEY_FORM.test(text)) {
    throw badKey('a whole number such as 42 or -7', text);
  }
  return text;
}

/** The digits of a whole number in any spelling. Undefined if it has too many for 64 bits. */
function digitsOf(type: DataType, expected: string, json: string): string | undefined {
  if (INTEGER_FORM.test(json)) {
    return json;
  }
  const decimal = parseDecimal(json);
  if (decimal === undefined || !isWhole(decimal)) {
    throw mismatch(type, expected, json);
  }
  return wholeDigits(json, INT64_CHARS);
}

function int16(digits: string | undefined, code: ErrorCode, text = digits ?? ''): Buffer {
  const value = digits === undefined ? Infinity : Number(digits);
  if (value > INT16_MAX || value < -INT16_MAX - 1) {
    throw outOfRange(code, `a whole number from ${-INT16_MAX - 1} to ${INT16_MAX}`, text);
  }
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(digits: string | undefined, code: ErrorCode, text = digits ?? ''): Buffer {
  const value = digits === undefined ? Infinity : Number(digits);
  if (value > INT32_MAX || value < -INT32_MAX - 1) {
    throw outOfRange(code, `a whole number from ${-INT32_MAX - 1} to ${INT32_MAX}`, text);
  }
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(digits: string | undefined, code: ErrorCode, text = digits ?? ''): Buffer {
  const value = digits === undefined || digits.length > INT64_CHARS ? undefined : BigInt(digits);
  if (value === undefined || value > INT64_MAX || value < -INT64_MAX - 1n) {
    throw outOfRange(code, `a whole number from ${-INT64_MAX - 1n} to ${INT64_MAX}`, text);
  }
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
