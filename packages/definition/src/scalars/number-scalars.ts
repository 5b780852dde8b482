import { Kind } from 'graphql';

import { ExactNumber } from './exact-number.ts';
import { rawJson } from './raw-json.ts';
import type { ScalarForm } from './scalar-form.ts';

/**
 * A whole number of so many bits, in two's complement. Inside it is a bigint where a JS number could
 * not hold all of them; answers carry all digits.
 */
export function wholeNumber(name: string, bits: 8 | 16 | 64): ScalarForm<bigint | number> {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return {
    expected: `${name} is a whole number of ${bits} bits, or its digits as a string.`,
    literals: [Kind.INT, Kind.STRING],
    read: (value) => {
      const text = isRounded(value) ? '' : digitsOf(value);
      const whole = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
      if (whole === undefined || whole > max || whole < -max - 1n) {
        return undefined;
      }
      return bits === 64 ? whole : Number(whole);
    },
    print: (whole) =>
      Number.isSafeInteger(Number(whole)) ? Number(whole) : rawJson(String(whole)),
    hint: (value) =>
      isRounded(value) ? '. A number of this size has to be sent as a string.' : '',
  };
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const LEADING_ZEROS = /^(-?)0+(?=\d)/;

/**
 * A number of any length. It keeps the text of its digits and is never computed with, so that even
 * `1e999999999` costs nothing.
 */
export function bigNumber(name: string, kind: 'whole' | 'decimal'): ScalarForm<ExactNumber> {
  return {
    expected: `${name} is a ${kind} number of any length, or its digits as a string.`,
    literals: kind === 'whole' ? [Kind.INT, Kind.STRING] : [Kind.INT, Kind.FLOAT, Kind.STRING],
    read: (value) => {
      const digits = digitsOf(value).replace(LEADING_ZEROS, '$1');
      const [matches, fraction = '', exponent = '0'] = JSON_NUMBER.exec(digits) ?? [];
      const fits = matches !== undefined && (kind === 'decimal' || isWhole(fraction, exponent));
      return fits ? new ExactNumber(digits) : undefined;
    },
    print: (number) => number.toJSON(),
  };
}

/** Whether the exponent moves the point behind the last digit of the fraction that is not zero. */
function isWhole(fraction: string, exponent: string): boolean {
  return fraction.replace(/0+$/, '').length <= Number(exponent);
}

/** A JS number that says nothing of the digits that it was made of. */
function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

function digitsOf(value: unknown): string {
  return ['number', 'bigint', 'string'].includes(typeof value) || value instanceof ExactNumber
    ? String(value)
    : '';
}
