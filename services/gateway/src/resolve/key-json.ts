import { AppError } from '@quicksilver/common/errors/app-error';
import { canonicalText, wholeOfString } from '@quicksilver/common/numbers/decimal';
import { isJsonNumber, type JsonNumber } from '@quicksilver/common/numbers/exact-number';

import type { KeyScalar } from '@quicksilver/definition/binding';

/** How a key of a scalar is written as JSON. */
const FORM_OF: Readonly<Record<KeyScalar, 'text' | 'whole number' | 'number'>> = {
  String: 'text',
  ID: 'text',
  Int: 'whole number',
  Long: 'whole number',
  Float: 'number',
};

/** A key as JSON, from an argument that GraphQL has coerced. */
export function argumentKey(value: unknown): string {
  return isJsonNumber(value) ? numberJson(value) : JSON.stringify(value);
}

/**
 * A key as JSON, from a field of a record. Undefined if the record has none. Producers may write
 * numbers as strings and strings as numbers. Both are converted to the type in the schema.
 */
export function fieldKey(scalar: KeyScalar, value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  const form = FORM_OF[scalar];
  if (isJsonNumber(value)) {
    return form === 'text' ? `"${canonicalText(String(value))}"` : numberJson(value);
  }
  if (typeof value === 'string') {
    if (form === 'text') {
      return JSON.stringify(value);
    }
    const whole = form === 'whole number' ? wholeOfString(value) : undefined;
    if (whole !== undefined) {
      return String(whole);
    }
  }
  throw new AppError(
    'TYPE_MISMATCH',
    `Expected the field ${field} of the record to contain a key of type ${scalar}, found ${JSON.stringify(value).slice(0, 60).toWellFormed()}.`,
  );
}

/** Equal numbers have the same spelling, so that they are the same key. */
export function numberJson(value: JsonNumber): string {
  return typeof value === 'number' ? JSON.stringify(value) : canonicalText(value.text);
}
