import { holdsExactly } from './decimal.ts';
import { ExactNumber } from './exact-number.ts';

/**
 * JSON.parse that keeps the value of every number. A number that a JS number cannot hold becomes an
 * `ExactNumber`. Throws the errors of JSON.parse.
 */
export function parseJson(text: string): unknown {
  // Parsing with a reviver is many times slower, and few texts need it.
  return mayLoseDigits(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/**
 * Whether JSON.parse might round a number of the text. Doubles such as `0.30000000000000004` are
 * long but exact, so each long number is compared with what JSON.parse makes of it.
 */
export function mayLoseDigits(text: string): boolean {
  if (!MAY_LOSE_DIGITS.test(text)) {
    return false;
  }
  for (const [number] of text.matchAll(LONG_NUMBERS)) {
    if (!holdsExactly(Number(number), number)) {
      return true;
    }
  }
  return false;
}

/** As `parseJson`, but also keeps spellings that differ from JavaScript's. */
export function parseSpelledJson(text: string): unknown {
  return JSON.parse(text, keepSpelling);
}

/** The reviver of `parseJson`, for direct calls of JSON.parse. */
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

/** Sixteen digits in a row or an exponent of three digits. Anything shorter is exact. */
const MAY_LOSE_DIGITS = /[\d.]{16}|\d[eE][+-]?\d{3}/;
/** The numbers with such a part, whole. */
const LONG_NUMBERS = /-?(?:[\d.]{16,}(?:[eE][+-]?\d+)?|[\d.]+[eE][+-]?\d{3,})/g;
