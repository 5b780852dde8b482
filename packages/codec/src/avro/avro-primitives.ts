import { AppError } from '@quicksilver/common/errors/app-error';
import { nearestDouble, wholeOfBits } from '@quicksilver/common/numbers/decimal';
import { excerpt } from '../excerpt.ts';
import { unquote } from '../json-text.ts';
import { longBytes, sizedBytes } from './avro-bytes.ts';

/** Converts checked JSON text of a value to bytes. `path` is for messages of SCHEMA_MISMATCH. */
export type WriteAvro = (json: string, path: string) => Buffer;

/** Total over Avro's primitive types. */
export const PRIMITIVE_WRITERS = {
  null: (json, path) => {
    if (json !== 'null') {
      throw refused(path, 'null', json);
    }
    return NOTHING;
  },
  boolean: (json, path) => {
    if (json !== 'true' && json !== 'false') {
      throw refused(path, 'true or false', json);
    }
    return Buffer.from([json === 'true' ? 1 : 0]);
  },
  int: (json, path) => longBytes(wholeNumber(json, path, 32)),
  long: (json, path) => longBytes(wholeNumber(json, path, 64)),
  float: (json, path) => {
    const bytes = Buffer.alloc(4);
    const value = numberOf(json, path);
    const float = Math.fround(value);
    if (Number.isFinite(value) && (!Number.isFinite(float) || (float === 0 && value !== 0))) {
      throw refused(path, 'a number that a 32-bit float can hold', json);
    }
    bytes.writeFloatLE(value);
    return bytes;
  },
  double: (json, path) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(numberOf(json, path));
    return bytes;
  },
  string: (json, path) => {
    const text = json.startsWith('"') ? unquote(json) : undefined;
    if (text?.isWellFormed() !== true) {
      throw refused(path, 'a string of valid Unicode', json);
    }
    return sizedBytes(Buffer.from(text));
  },
} satisfies Readonly<Record<string, WriteAvro>>;

export function refused(path: string, expected: string, json: string): AppError {
  return new AppError('SCHEMA_MISMATCH', `${path}: expected ${expected}, found ${excerpt(json)}.`);
}

const NOTHING = Buffer.alloc(0);
const NUMBER = /^-?\d/;
/** The spelling of `doubleJson`. */
const NO_NUMBERS: Readonly<Record<string, number>> = {
  '"NaN"': Number.NaN,
  '"Infinity"': Number.POSITIVE_INFINITY,
  '"-Infinity"': Number.NEGATIVE_INFINITY,
};

function wholeNumber(json: string, path: string, bits: 32 | 64): bigint {
  const value = wholeOfBits(json, bits);
  if (value === undefined) {
    throw refused(path, `a whole number of ${bits} bits`, json);
  }
  return value;
}

function numberOf(json: string, path: string): number {
  const value = NUMBER.test(json) ? nearestDouble(json) : NO_NUMBERS[json];
  if (value === undefined) {
    throw refused(
      path,
      NUMBER.test(json) ? 'a number that a 64-bit float can hold' : 'a number',
      json,
    );
  }
  return value;
}
