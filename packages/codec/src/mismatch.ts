import { AppError } from '@quicksilver/common/errors/app-error';
import { nearestDouble, wholeOfBits } from '@quicksilver/common/numbers/decimal';
import { excerpt } from './excerpt.ts';
import { splitObject } from './json-text.ts';

/** A JSON value that its schema does not allow. `path` leads to it: `value.items[0].count`. */
export function refused(path: string, expected: string, json: string): AppError {
  return new AppError('SCHEMA_MISMATCH', `${path}: expected ${expected}, found ${excerpt(json)}.`);
}

export function mismatch(path: string, why: string): AppError {
  return new AppError('SCHEMA_MISMATCH', `${path}: ${why}.`);
}

/** The members of a JSON object by name. */
export function membersOf(
  json: string,
  path: string,
  expected: string,
): ReadonlyMap<string, string> {
  const members = splitObject(json);
  if (members === undefined) {
    throw refused(path, `${expected}, a JSON object`, json);
  }
  const byName = new Map<string, string>();
  for (const { name, value } of members) {
    if (byName.has(name)) {
      throw mismatch(`${path}.${name}`, 'the member occurs twice');
    }
    byName.set(name, value);
  }
  return byName;
}

export function wholeNumber(json: string, path: string, bits: 32 | 64): bigint {
  const value = wholeOfBits(json, bits);
  if (value === undefined) {
    throw refused(path, `a whole number of ${bits} bits`, json);
  }
  return value;
}

export function numberOf(json: string, path: string): number {
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

/** As `numberOf`, for the nearest 32-bit float. */
export function floatOf(json: string, path: string): number {
  const value = numberOf(json, path);
  const float = Math.fround(value);
  if (Number.isFinite(value) && (!Number.isFinite(float) || (float === 0 && value !== 0))) {
    throw refused(path, 'a number that a 32-bit float can hold', json);
  }
  return float;
}

const NUMBER = /^-?\d/;
/** The spelling of `doubleJson`. */
const NO_NUMBERS: Readonly<Record<string, number>> = {
  '"NaN"': Number.NaN,
  '"Infinity"': Number.POSITIVE_INFINITY,
  '"-Infinity"': Number.NEGATIVE_INFINITY,
};
