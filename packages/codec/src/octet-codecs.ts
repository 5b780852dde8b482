import { AppError } from '@quicksilver/common/errors/app-error';
import type { Codec } from './codec.ts';
import { badKey, checkLength, mismatch } from './codec-errors.ts';
import { excerpt } from './excerpt.ts';
import { base64Of, unquote } from './json-text.ts';

export const booleanCodec: Codec = {
  type: 'BOOLEAN',
  fromJson(json) {
    if (json !== 'true' && json !== 'false') {
      throw mismatch('BOOLEAN', 'true or false', json);
    }
    return Buffer.from([json === 'true' ? 1 : 0]);
  },
  fromText(text) {
    if (text !== 'true' && text !== 'false') {
      throw badKey('true or false', text);
    }
    return Buffer.from([text === 'true' ? 1 : 0]);
  },
  toJson(bytes) {
    checkLength('BOOLEAN', 1, bytes);
    const [byte = 0] = bytes;
    if (byte > 1) {
      throw new AppError(
        'TYPE_MISMATCH',
        `The bytes are not of type BOOLEAN: expected 0 or 1, found ${byte}.`,
      );
    }
    return Buffer.from(byte === 1 ? 'true' : 'false');
  },
};

/** Base64 with padding, as the scalar `Bytes`. Each value has one spelling. */
export const bytesCodec: Codec = {
  type: 'BYTES',
  fromJson(json) {
    const bytes = json.startsWith('"') ? base64Of(unquote(json)) : undefined;
    if (bytes === undefined) {
      throw mismatch('BYTES', 'bytes in base64, as a JSON string', json);
    }
    return bytes;
  },
  fromText(text) {
    const bytes = base64Of(text);
    if (bytes === undefined) {
      throw badKey('bytes in base64', text);
    }
    return bytes;
  },
  toJson(bytes) {
    return Buffer.from(`"${bytes.toString('base64')}"`);
  },
};

/**
 * The text of a UUID, as Kafka's serializer has it. Capital and small letters are one value, shown
 * in small letters.
 */
export const uuidCodec: Codec = {
  type: 'UUID',
  fromJson(json) {
    const text = json.startsWith('"') ? unquote(json) : '';
    if (!UUID.test(text)) {
      throw mismatch('UUID', 'a UUID as a JSON string', json);
    }
    return Buffer.from(text.toLowerCase());
  },
  fromText(text) {
    if (!UUID.test(text) || text !== text.toLowerCase()) {
      throw badKey('a UUID in small letters', text);
    }
    return Buffer.from(text);
  },
  toJson(bytes) {
    const text = bytes.toString('latin1');
    if (!UUID.test(text)) {
      throw new AppError(
        'TYPE_MISMATCH',
        `The bytes are not of type UUID: expected 36 characters, found ${excerpt(JSON.stringify(text))}.`,
      );
    }
    return Buffer.from(`"${text.toLowerCase()}"`);
  },
};

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
