import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import {
  isWhole,
  nearestDouble,
  parseDecimal,
  wholeDigits,
} from '@quicksilver/common/numbers/decimal';
import type { Codec, DataType } from './codec.ts';
import { isCompactJson } from './compact-json.ts';
import { excerpt, jsonKind } from './excerpt.ts';
import { doubleJson } from './double-json.ts';
import { checkJson, checkJsonForm, decodeUtf8, unquote, withoutLineFeeds } from './json-text.ts';

export function codecFor(type: DataType): Codec {
  return CODECS[type];
}

/**
 * JSON strings, and as in Quick also booleans, arrays and objects as their JSON text. Numbers and
 * null are refused: they are more likely a mistake than a text.
 */
const stringCodec: Codec = {
  type: 'STRING',
  fromJson(json) {
    if (json.startsWith('"')) {
      const text = unquote(json);
      if (!text.isWellFormed()) {
        throw new AppError('INVALID_UNICODE', 'Expected text; found half of a surrogate pair.');
      }
      return Buffer.from(text);
    }
    if (json === 'null' || NUMBER_START.test(json)) {
      throw mismatch('STRING', 'a JSON string', json);
    }
    return Buffer.from(withoutLineFeeds(json));
  },
  fromText(text) {
    if (!text.isWellFormed()) {
      throw badKey('text in valid Unicode', text);
    }
    return Buffer.from(text);
  },
  toJson(bytes) {
    return Buffer.from(JSON.stringify(textOf('STRING', bytes)));
  },
};

const integerCodec: Codec = {
  type: 'INTEGER',
  fromJson(json) {
    return int32(digitsOf('INTEGER', 'a whole JSON number', json), 'OUT_OF_RANGE', json);
  },
  fromText(text) {
    if (!KEY_FORM.test(text)) {
      throw badKey('a whole number such as 42 or -7', text);
    }
    return int32(text, 'BAD_KEY');
  },
  toJson(bytes) {
    checkLength('INTEGER', 4, bytes);
    return Buffer.from(String(bytes.readInt32BE(0)));
  },
};

/** Also takes the digits as a JSON string, for clients whose numbers end at 2^53. */
const longCodec: Codec = {
  type: 'LONG',
  fromJson(json) {
    const wanted = 'a whole JSON number, or its digits as a JSON string';
    if (!json.startsWith('"')) {
      return int64(digitsOf('LONG', wanted, json), 'OUT_OF_RANGE', json);
    }
    // Inside a string each number has one spelling, as in a path; escapes are none of them.
    const digits = json.slice(1, -1);
    if (!KEY_FORM.test(digits)) {
      throw mismatch('LONG', wanted, json);
    }
    return int64(digits, 'OUT_OF_RANGE');
  },
  fromText(text) {
    if (!KEY_FORM.test(text)) {
      throw badKey('a whole number such as 42 or -7', text);
    }
    return int64(text, 'BAD_KEY');
  },
  toJson(bytes) {
    checkLength('LONG', 8, bytes);
    return Buffer.from(String(bytes.readBigInt64BE(0)));
  },
};

/** Minus zero becomes zero: they are equal to everyone but the bytes of a key. */
const doubleCodec: Codec = {
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

/**
 * Any JSON value; the record is the text's own bytes, without line breaks. A text in a topic may
 * hold an escaped half of a surrogate pair, which is valid JSON: it is passed on as it is.
 */
const jsonCodec: Codec = {
  type: 'JSON',
  fromJson(json) {
    return Buffer.from(withoutLineFeeds(json));
  },
  fromText(text) {
    try {
      checkJson(text);
    } catch (error) {
      throw badKey('a JSON text, strings in their quotes', text, error);
    }
    return Buffer.from(withoutLineFeeds(text));
  },
  toJson(bytes) {
    if (isCompactJson(bytes)) {
      return bytes;
    }
    const text = textOf('JSON', bytes);
    try {
      checkJsonForm(text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AppError('TYPE_MISMATCH', `The bytes are not of type JSON. ${why}`, {
        cause: error,
      });
    }
    return bytes.includes(LINE_FEED) ? Buffer.from(withoutLineFeeds(text)) : bytes;
  },
};

/**
 * A record's key as JSON text. Throws as `toJson` does, and for a DOUBLE that is not finite: JSON
 * has no number for it, so it cannot be looked up.
 */
export function keyToJson(type: DataType, bytes: Buffer): Buffer {
  const json = codecFor(type).toJson(bytes);
  if (type === 'DOUBLE' && json[0] === QUOTE) {
    throw new AppError('TYPE_MISMATCH', `Expected a finite DOUBLE as key, got ${json.toString()}.`);
  }
  return json;
}

/** The bytes of a key, the same for keys that are equal: a DOUBLE of minus zero is zero. */
export function canonicalKey(type: DataType, bytes: Buffer): Buffer {
  return type === 'DOUBLE' && MINUS_ZERO.equals(bytes) ? float64(0) : bytes;
}

/** Total on purpose: a new type does not compile until it has a codec. */
const CODECS: Readonly<Record<DataType, Codec>> = {
  STRING: stringCodec,
  INTEGER: integerCodec,
  LONG: longCodec,
  DOUBLE: doubleCodec,
  JSON: jsonCodec,
};

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const MINUS_ZERO = Buffer.from('8000000000000000', 'hex');
const NUMBER_START = /^[-\d]/;
const INTEGER_FORM = /^-?(?:0|[1-9]\d*)$/;
/** One spelling for each number: what a path may hold. */
const KEY_FORM = /^(?:0|-?[1-9]\d*)$/;

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;
/** Digits and sign of the longest 64-bit number. BigInt reads a megabyte of digits for seconds. */
const INT64_CHARS = 20;

/** The digits of a whole number in any spelling; undefined if 64 bits cannot hold as many. */
function digitsOf(type: DataType, wanted: string, json: string): string | undefined {
  if (INTEGER_FORM.test(json)) {
    return json;
  }
  const decimal = parseDecimal(json);
  if (decimal === undefined || !isWhole(decimal)) {
    throw mismatch(type, wanted, json);
  }
  return wholeDigits(json, INT64_CHARS);
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

function float64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  return bytes;
}

function textOf(type: DataType, bytes: Buffer): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new AppError('TYPE_MISMATCH', `The bytes are not of type ${type}: not valid UTF-8.`, {
      cause: error,
    });
  }
}

function checkLength(type: DataType, wanted: number, bytes: Buffer): void {
  if (bytes.length !== wanted) {
    throw new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type ${type}: expected ${wanted} bytes, got ${bytes.length}.`,
    );
  }
}

/** JSON of another kind than the type has. */
export function mismatch(type: DataType, wanted: string, json: string): AppError {
  return new AppError(
    'TYPE_MISMATCH',
    `Data must be of type ${type}. Got: ${jsonKind(json)} (${excerpt(json)}). Expected ${wanted}.`,
  );
}

function outOfRange(code: ErrorCode, wanted: string, found: string): AppError {
  return new AppError(code, `Expected ${wanted}. Got: ${excerpt(found)}`);
}

function badKey(wanted: string, found: string, cause?: unknown): AppError {
  return new AppError('BAD_KEY', `Expected ${wanted} as key. Got: ${excerpt(found)}`, { cause });
}
