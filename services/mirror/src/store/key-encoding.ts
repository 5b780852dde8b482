import { isUtf8 } from 'node:buffer';

import { canonicalJson } from '@quicksilver/common/numbers/canonical-json';

/** The types of keys. The names are those of the codecs, but this folder does not import them. */
export type KeyType =
  | 'STRING'
  | 'INTEGER'
  | 'LONG'
  | 'DOUBLE'
  | 'JSON'
  | 'SHORT'
  | 'FLOAT'
  | 'BOOLEAN'
  | 'BYTES'
  | 'UUID';

/**
 * Encodes the bytes of a record's key so that their order is the natural order of the type, and
 * decodes them. Equal keys have one encoding, and different keys have different encodings.
 */
export interface KeyEncoding {
  /**
   * Undefined if the bytes are not a key of this type. The result may share the memory of the
   * input.
   */
  encode(bytes: Buffer): Buffer | undefined;
  /**
   * The original bytes. A minus zero becomes zero, a UUID gets small letters, and JSON is
   * canonical.
   */
  decode(stored: Buffer): Buffer;
}

export function keyEncodingFor(type: KeyType): KeyEncoding {
  return ENCODINGS[type];
}

export function isKeyType(name: unknown): name is KeyType {
  return typeof name === 'string' && Object.hasOwn(ENCODINGS, name);
}

const SIGN = 0x80;
const UUID_CHARS = 36;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const HEX_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** UTF-8 bytes have the order of their code points, so text is its own encoding. */
const text: KeyEncoding = {
  encode: (bytes) => (isShortAscii(bytes) || isUtf8(bytes) ? bytes : undefined),
  decode: (stored) => stored,
};

/** Two's complement orders as unsigned if the sign bit is inverted. */
function integer(length: number): KeyEncoding {
  return {
    encode: (bytes) => (bytes.length === length ? withFirstByte(bytes, SIGN) : undefined),
    decode: (stored) => withFirstByte(stored, SIGN),
  };
}

/**
 * IEEE 754 orders as unsigned if the sign bit of positive numbers and all bits of negative numbers
 * are inverted. Not-a-number has no order and is no key.
 */
function floating(length: 4 | 8): KeyEncoding {
  return {
    encode(bytes) {
      if (bytes.length !== length) {
        return undefined;
      }
      const value = length === 8 ? bytes.readDoubleBE(0) : bytes.readFloatBE(0);
      if (Number.isNaN(value)) {
        return undefined;
      }
      if (value === 0) {
        // Plus zero and minus zero are one key.
        return withFirstByte(Buffer.alloc(length), SIGN);
      }
      return value > 0 ? withFirstByte(bytes, SIGN) : inverted(bytes);
    },
    decode(stored) {
      return ((stored[0] ?? 0) & SIGN) === 0 ? inverted(stored) : withFirstByte(stored, SIGN);
    },
  };
}

const octets: KeyEncoding = {
  encode: (bytes) => bytes,
  decode: (stored) => stored,
};

const boolean: KeyEncoding = {
  encode: (bytes) => (bytes.length === 1 && (bytes[0] ?? 0) <= 1 ? bytes : undefined),
  decode: (stored) => stored,
};

/** The sixteen bytes of the text. Their order is that of the text. */
const uuid: KeyEncoding = {
  encode(bytes) {
    const text = bytes.length === UUID_CHARS ? bytes.toString('latin1') : '';
    return UUID.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
  },
  decode: (stored) => Buffer.from(stored.toString('hex').replace(HEX_PARTS, '$1-$2-$3-$4-$5')),
};

/** Keys that differ only in white space or in the order of members are one key. */
const json: KeyEncoding = {
  encode(bytes) {
    const canonical = isUtf8(bytes) ? canonicalJson(bytes.toString('utf8')) : undefined;
    return canonical === undefined ? undefined : Buffer.from(canonical);
  },
  decode: (stored) => stored,
};

/** Total on purpose: a new type does not compile until its order is decided. */
const ENCODINGS: Readonly<Record<KeyType, KeyEncoding>> = {
  STRING: text,
  INTEGER: integer(4),
  LONG: integer(8),
  DOUBLE: floating(8),
  JSON: json,
  SHORT: integer(2),
  FLOAT: floating(4),
  BOOLEAN: boolean,
  BYTES: octets,
  UUID: uuid,
};

/** Most keys are. This loop costs less than the call of Node's function. */
function isShortAscii(bytes: Buffer): boolean {
  if (bytes.length > 32) {
    return false;
  }
  let seen = 0;
  for (const byte of bytes) {
    seen |= byte;
  }
  return seen < 0x80;
}

function withFirstByte(bytes: Buffer, mask: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[0] = (copy[0] ?? 0) ^ mask;
  return copy;
}

function inverted(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ 0xff));
}
