import { isUtf8 } from 'node:buffer';

/** The types a key can have; the names are those of the codecs, which this folder does not know. */
export type KeyType = 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON';

/**
 * Translates a record's key bytes to bytes whose order is the natural order of the type, and back.
 * Keys that are equal have one encoding, keys that differ never share one.
 */
export interface KeyEncoding {
  /** Undefined where the bytes are not a key of this type. The result may share the input's memory. */
  encode(bytes: Buffer): Buffer | undefined;
  /** The record's bytes again; a minus zero comes back as zero. */
  decode(stored: Buffer): Buffer;
}

export function keyEncodingFor(type: KeyType): KeyEncoding {
  return ENCODINGS[type];
}

export function isKeyType(name: unknown): name is KeyType {
  return typeof name === 'string' && Object.hasOwn(ENCODINGS, name);
}

const SIGN = 0x80;

/** Bytes in UTF-8 order as their code points do, so text is its own encoding. */
const text: KeyEncoding = {
  encode: (bytes) => (isShortAscii(bytes) || isUtf8(bytes) ? bytes : undefined),
  decode: (stored) => stored,
};

/** Two's complement orders as unsigned once the sign bit is flipped. */
function integer(length: number): KeyEncoding {
  return {
    encode: (bytes) => (bytes.length === length ? withFirstByte(bytes, SIGN) : undefined),
    decode: (stored) => withFirstByte(stored, SIGN),
  };
}

/**
 * IEEE 754 orders as unsigned once the sign bit of positive numbers and all bits of negative ones
 * are flipped. Not-a-number has no place in an order and is no key.
 */
const double: KeyEncoding = {
  encode(bytes) {
    if (bytes.length !== 8) {
      return undefined;
    }
    const value = bytes.readDoubleBE(0);
    if (Number.isNaN(value)) {
      return undefined;
    }
    if (value === 0) {
      // Plus and minus zero are one key.
      return Buffer.from([SIGN, 0, 0, 0, 0, 0, 0, 0]);
    }
    return value > 0 ? withFirstByte(bytes, SIGN) : inverted(bytes);
  },
  decode(stored) {
    return ((stored[0] ?? 0) & SIGN) === 0 ? inverted(stored) : withFirstByte(stored, SIGN);
  },
};

/** Total on purpose: a new type does not compile until its order is decided. */
const ENCODINGS: Readonly<Record<KeyType, KeyEncoding>> = {
  STRING: text,
  INTEGER: integer(4),
  LONG: integer(8),
  DOUBLE: double,
  JSON: text,
};

/** Most keys are; to see that here is cheaper than the call of Node's own function. */
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
