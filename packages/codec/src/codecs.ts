import { AppError } from '@quicksilver/common/errors/app-error';
import type { Codec, DataType } from './codec.ts';
import { badKey, mismatch } from './codec-errors.ts';
import { isCompactJson } from './compact-json.ts';
import {
  doubleCodec,
  float32,
  float64,
  floatCodec,
  integerCodec,
  longCodec,
  shortCodec,
} from './number-codecs.ts';
import { booleanCodec, bytesCodec, uuidCodec } from './octet-codecs.ts';
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
 * A record's key as JSON text. Throws as `toJson` does. Also throws for a DOUBLE or FLOAT that is
 * not finite, because it has no JSON number for a lookup.
 */
export function keyToJson(type: DataType, bytes: Buffer): Buffer {
  const json = codecFor(type).toJson(bytes);
  if ((type === 'DOUBLE' || type === 'FLOAT') && json[0] === QUOTE) {
    throw new AppError(
      'TYPE_MISMATCH',
      `Expected a finite ${type} as key, found ${json.toString()}.`,
    );
  }
  return json;
}

/**
 * The bytes of a key, the same for equal keys: minus zero becomes zero, and a UUID has small
 * letters.
 */
export function canonicalKey(type: DataType, bytes: Buffer): Buffer {
  switch (type) {
    case 'DOUBLE':
      return MINUS_ZERO.equals(bytes) ? float64(0) : bytes;
    case 'FLOAT':
      return MINUS_ZERO_32.equals(bytes) ? float32(0) : bytes;
    case 'UUID':
      return Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
    default:
      return bytes;
  }
}

/** Total on purpose: a new type does not compile without a codec. */
const CODECS: Readonly<Record<DataType, Codec>> = {
  STRING: stringCodec,
  INTEGER: integerCodec,
  LONG: longCodec,
  DOUBLE: doubleCodec,
  JSON: jsonCodec,
  SHORT: shortCodec,
  FLOAT: floatCodec,
  BOOLEAN: booleanCodec,
  BYTES: bytesCodec,
  UUID: uuidCodec,
};

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const MINUS_ZERO = Buffer.from('8000000000000000', 'hex');
const MINUS_ZERO_32 = Buffer.from('80000000', 'hex');
const NUMBER_START = /^[-\d]/;
/** A zero byte is never the start of JSON. */
function hint(bytes: Buffer): string {
  const id = schemaIdOf(bytes);
  return id === undefined
    ? ''
    : `They begin with the schema id ${id}, as serializers for schema registries (Avro, Protobuf, JSON Schema) write it. Register the topic with the value type avro, protobuf or json-schema. `;
}

function textOf(type: DataType, bytes: Buffer): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    const why = `The bytes are not of type ${type}: not valid UTF-8. ${hint(bytes)}`;
    throw new AppError('TYPE_MISMATCH', why.trim(), { cause: error });
  }
}
