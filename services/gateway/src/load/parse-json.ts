import { ExactNumber } from '@quicksilver/definition/scalars/exact-number';

/**
 * JSON.parse that keeps the digits of every number: those that a JS number cannot hold come as
 * `ExactNumber`. Throws what JSON.parse throws.
 */
export function parseJson(text: string): unknown {
  // The reviver is many times slower than none, and nearly no text needs it.
  return MAY_LOSE_DIGITS.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** For whoever calls JSON.parse itself. */
export function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number') {
    return value;
  }
  const source = context?.source;
  return source === undefined || isExact(value, source) ? value : new ExactNumber(source);
}

/** Sixteen digits in a row, or an exponent of three: less never loses anything. */
const MAY_LOSE_DIGITS = /[\d.]{16}|\d[eE][+-]?\d{3}/;
const SAFE_DIGITS = 15;

function isExact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value) && !/[.eE]/.test(source)) {
    return true;
  }
  const digits = source
    .replace(/[eE].*$/, '')
    .replaceAll(/[-.]/g, '')
    .replace(/^0+/, '');
  return (
    (Number.isFinite(value) && digits.length <= SAFE_DIGITS && (value !== 0 || digits === '')) ||
    String(value) === source
  );
}
