import { AppError } from '@quicksilver/common/errors/app-error';

import type { KeyScalar } from '@quicksilver/definition/binding';

/** A key as JSON, from an argument that GraphQL has coerced already. */
export function argumentKey(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

/**
 * A key as JSON, from a field of a record; undefined where the record has none. A record holds what
 * its producer wrote: numbers for texts, and texts for numbers of 64 bits, are taken as what the
 * schema says they are.
 */
export function fieldKey(scalar: KeyScalar, value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  // Numbers with many digits are objects that print as their digits.
  const json = JSON.stringify(value);
  const isNumber = NUMBER_START.test(json);
  const isText = typeof value === 'string';
  if (scalar === 'String' || scalar === 'ID') {
    if (isText) {
      return json;
    }
    if (isNumber) {
      return `"${json}"`;
    }
  } else if (isNumber) {
    return json;
  } else if (isText && scalar !== 'Float' && INTEGER.test(value)) {
    return value;
  }
  throw new AppError(
    'TYPE_MISMATCH',
    `The field ${field} holds no key of type ${scalar}: ${json.slice(0, 60).toWellFormed()}`,
  );
}

const NUMBER_START = /^[-\d]/;
const INTEGER = /^-?\d{1,19}$/;
