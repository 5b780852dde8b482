import { holdsExactly } from './decimal.ts';
import { ExactNumber } from './exact-number.ts';

/**
 * JSON.parse that keeps the value of every number: those that a JS number does not hold come as
 * `ExactNumber`. Throws what JSON.parse throws.
 */
export function parseJson(text: string): unknown {
  // The reviver is many times slower than none, and nearly no text needs it.
  return MAY_LOSE_DIGITS.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** The same, and numbers that JavaScript would spell in another way keep their spelling too. */
export function parseSpelledJson(text: string): unknown {
  return JSON.parse(text, keepSpelling);
}

/** The reviver of `parseJson`, for a caller that calls JSON.parse itself. */
export function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number') {
    return value;
  }
  const source = context?.source;
  return source === undefined || holdsExactly(value, source) ? value : new ExactNumber(source);
}

function keepSpelling(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? new ExactNumber(source)
    : value;
}

/** Sixteen digits in a row, or an exponent of three: less never loses anything. */
const MAY_LOSE_DIGITS = /[\d.]{16}|\d[eE][+-]?\d{3}/;
