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
import { schemaIdOf } from './schema-header.ts';
import { checkJson, checkJsonForm, decodeUtf8, unquote, withoutLineFeeds } from './json-text.ts';

export function codecFor(type: DataType): Codec {
  return CODECS[type];
}

/**
 * JSON strings. As in bakdata Quick, also booleans, arrays and objects as their JSON text. Numbers
 * and null are rejected, because they are more likely a mistake.
 */
const stringCodec: Codec = {
  type: 'STRING',
  fromJson(json) {
    if (json.startsWith('"')) {
      const text = unquote(json);
      if (!text.isWellFormed()) {
        throw new AppError(
          'INVALID_UNICODE',
          'The text has half of a surrogate pair. Send valid Unicode.',
        );
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

/** Also accepts the digits as a JSON string, for clients whose numbers end at 2^53. */
const longCodec: Codec = {
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

/** Minus zero becomes zero. They are equal, except as the bytes of a key. */
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
 * Any JSON value. The record has the bytes of the text, without line breaks. A text of a topic may
 * have an escaped half of a surrogate pair, which is valid JSON and is passed on unchanged.
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
      throw new AppError('TYPE_MISMATCH', `The bytes are not of type JSON. ${hint(bytes)}${why}`, {
        cause: error,
      });
    }
    return bytes.includes(LINE_FEED) ? Buffer.from(withoutLineFeeds(text)) : bytes;
  },
};

/**
 * A record's key as JSON text. Throws as `toJson` does. Also throws for a DOUBLE that is not
 * finite, because it has no JSON number for a lookup.
 */
export function keyToJson(type: DataType, bytes: Buffer): Buffer {
  const json = codecFor(type).toJson(bytes);
  if (type === 'DOUBLE' && json[0] === QUOTE) {
    throw new AppError(
      'TYPE_MISMATCH',
      `Expected a finite DOUBLE as key, found ${json.toString()}.`,
    );
  }
  return json;
}

/** The bytes of a DOUBLE as a key. Minus zero becomes zero. */
export function doubleKey(bytes: Buffer): Buffer {
  return MINUS_ZERO.equals(bytes) ? float64(0) : bytes;
}

/** Total on purpose: a new type does not compile without a codec. */
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
/** The only spelling of a number in a path. */
const KEY_FORM = /^(?:0|-?[1-9]\d*)$/;

const INT32_MAX = 2 ** 31 - 1;
const INT64_MAX = 2n ** 63n - 1n;
/** Digits and sign of the longest 64-bit number. BigInt takes seconds for a megabyte of digits. */
const INT64_CHARS = 20;

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

/** A zero byte is never the start of JSON. */
function hint(bytes: Buffer): string {
  const id = schemaIdOf(bytes);
  return id === undefined
    ? ''
    : `They begin with the schema id ${id}, as serializers for schema registries (JSON Schema, Avro, Protobuf) write it. For Avro, register the topic with the value type AVRO; for JSON, use a serializer without a schema registry. `;
}

function textOf(type: DataType, bytes: Buffer): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    const why = `The bytes are not of type ${type}: not valid UTF-8. ${hint(bytes)}`;
    throw new AppError('TYPE_MISMATCH', why.trim(), { cause: error });
  }
}

function checkLength(type: DataType, expected: number, bytes: Buffer): void {
  if (bytes.length !== expected) {
    throw new AppError(
      'TYPE_MISMATCH',
      `The bytes are not of type ${type}: expected ${expected} bytes, found ${bytes.length}.`,
    );
  }
}

/** The error for JSON of the wrong kind. */
export function mismatch(type: DataType, expected: string, json: string): AppError {
  return new AppError(
    'TYPE_MISMATCH',
    `Data must be of type ${type}. Got: ${jsonKind(json)} (${excerpt(json)}). Expected ${expected}.`,
  );
}

function outOfRange(code: ErrorCode, expected: string, value: string): AppError {
  return new AppError(code, `Expected ${expected}. Got: ${excerpt(value)}`);
}

function badKey(expected: string, value: string, cause?: unknown): AppError {
  return new AppError('BAD_KEY', `Expected ${expected} as key. Got: ${excerpt(value)}`, { cause });
}
