import {
  canonicalText,
  isWhole,
  parseDecimal,
  wholeDigits,
  wholeOfBits,
  wholeOfString,
} from '@quicksilver/common/numbers/decimal';
import {
  exactNumber,
  ExactNumber,
  isJsonNumber,
  type JsonNumber,
} from '@quicksilver/common/numbers/exact-number';
import { Kind } from 'graphql';

import type { ScalarForm } from './scalar-form.ts';

/** A whole number of so many bits, in two's complement. */
export function wholeNumber(name: string, bits: 8 | 16 | 64): ScalarForm<JsonNumber> {
  /** Integers below it need no exact check. */
  const safe = Math.min(2 ** (bits - 1), Number.MAX_SAFE_INTEGER);
  return {
    expected: `${name} is a whole number of ${bits} bits, or its digits as a string.`,
    literals: [Kind.INT, Kind.FLOAT, Kind.STRING],
    read: (value) => {
      if (typeof value === 'number' && Math.abs(value) < safe && Number.isInteger(value)) {
        // Whole numbers have no minus zero.
        return value + 0;
      }
      const whole =
        typeof value === 'string'
          ? wholeOfString(value)
          : isJsonNumber(value)
            ? wholeOfBits(String(value), bits)
            : undefined;
      return whole === undefined || BigInt.asIntN(bits, whole) !== whole
        ? undefined
        : exactNumber(String(whole));
    },
    print: (number) => number,
  };
}

const WHOLE_DIGITS_MAX = 1_000;

/**
 * A number of any length. It stays text and is never computed with, so even `1e999999999` costs
 * nothing.
 */
export function bigNumber(name: string, kind: 'whole' | 'decimal'): ScalarForm<ExactNumber> {
  return {
    expected: `${name} is a ${kind} number of any length, or its digits as a string.`,
    literals: [Kind.INT, Kind.FLOAT, Kind.STRING],
    read: (value) => {
      const text = numberText(value);
      const decimal = parseDecimal(text);
      if (decimal === undefined || (kind === 'whole' && !isWhole(decimal))) {
        return undefined;
      }
      const digits = kind === 'whole' ? wholeDigits(text, WHOLE_DIGITS_MAX) : undefined;
      return new ExactNumber(digits ?? text);
    },
    print: (number) => number,
  };
}

const LEADING_ZEROS = /^(-?)0+(?=\d)/;

/** The text of a number, or a string that may have its digits; empty for all other values. */
function numberText(value: unknown): string {
  if (typeof value === 'string') {
    return value.replace(LEADING_ZEROS, '$1');
  }
  return isJsonNumber(value) ? String(value) : '';
}

/** The text of a whole number as an `ID`; undefined if it is not whole or has too many digits. */
export function idText(number: JsonNumber): string | undefined {
  const text = canonicalText(String(number));
  return WHOLE.test(text) ? text : undefined;
}

/** The text of a number in a record as an `ID`. It may be a double, which a key can be. */
export function recordIdText(number: JsonNumber): string | undefined {
  return idText(number) ?? (isFraction(number) ? canonicalText(String(number)) : undefined);
}

function isFraction(number: JsonNumber): boolean {
  const decimal = parseDecimal(String(number));
  return decimal !== undefined && !isWhole(decimal);
}

const WHOLE = /^-?\d+$/;
