import {
  exactValue,
  isWholeOfBits,
  isWithinDoubles,
  spelledNumber,
  valueName,
  wholeValue,
} from '@quicksilver/testkit/generated/numbers';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  canonicalText,
  holdsExactly,
  nearestDouble,
  parseDecimal,
  wholeDigits,
  wholeOfBits,
  wholeOfString,
} from './decimal.ts';
import { exactNumber, ExactNumber } from './exact-number.ts';
import { parseJson, parseSpelledJson } from './parse-json.ts';

const MANY = { numRuns: 3_000 };

test('the generator spells one number in many ways', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      for (const text of spellings) {
        expect(typeof JSON.parse(text)).toBe('number');
        expect(valueName(exactValue(text))).toBe(valueName(value));
      }
    }),
    MANY,
  );
});

test('a parsed number prints as the same number, at any position', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      for (const text of spellings) {
        const parsed = parseJson(`{"a":[${text}]}`) as { a: [unknown] };
        const printed = /\[(.*)\]/.exec(JSON.stringify(parsed))?.[1] ?? '';
        expect(valueName(exactValue(printed)), text).toBe(valueName(value));
        const [spelled] = parseSpelledJson(`[${text}]`) as [unknown];
        expect(JSON.stringify(spelled)).toBe(text);
      }
    }),
    MANY,
  );
});

test('equal numbers are the same JS number, or exact numbers with the same text', () => {
  fc.assert(
    fc.property(spelledNumber, spelledNumber, (one, other) => {
      const nameOf = (text: string): string => {
        const number = exactNumber(text);
        return number instanceof ExactNumber ? `exact ${number.valueOf()}` : `${number + 0}`;
      };
      const [first = '', ...rest] = one.spellings.map(nameOf);
      expect(new Set([first, ...rest]).size).toBe(1);
      const isEqual = valueName(one.value) === valueName(other.value);
      expect(nameOf(other.spellings[0] ?? '') === first).toBe(isEqual);
    }),
    MANY,
  );
});

test('a JS number holds a number when it prints as an equal one', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      for (const text of spellings) {
        const double = Number(text);
        const isHeld =
          Number.isFinite(double) && valueName(exactValue(String(double))) === valueName(value);
        expect(holdsExactly(double, text), text).toBe(isHeld);
      }
    }),
    MANY,
  );
});

test('the text of a number has its value, and is JavaScript’s own if a JS number holds it', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      const texts = new Set(spellings.map(canonicalText));
      expect(texts.size).toBe(1);
      const [text = ''] = texts;
      expect(valueName(exactValue(text))).toBe(valueName(value));
      const double = Number(text);
      if (holdsExactly(double, text) && Math.abs(double) < 1e21) {
        expect(text).toBe(String(double + 0));
      }
    }),
    MANY,
  );
});

test('whole numbers are identified by their value', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      const whole = wholeValue(value);
      for (const text of spellings) {
        expect(wholeDigits(text, 1_000)).toBe(whole === undefined ? undefined : String(whole));
        for (const bits of [8, 16, 32, 64] as const) {
          expect(wholeOfBits(text, bits), text).toBe(
            isWholeOfBits(value, bits) ? whole : undefined,
          );
        }
      }
    }),
    MANY,
  );
});

test('a string is a whole number if it is digits, and no other spelling', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), fc.nat(5), (whole, zeros) => {
      const text = String(whole).replace('-', '');
      const padded = `${whole < 0n ? '-' : ''}${'0'.repeat(zeros)}${text}`;
      expect(wholeOfString(padded)).toBe(BigInt.asIntN(64, whole) === whole ? whole : undefined);
      expect(wholeOfString(`${padded}.0`)).toBeUndefined();
      expect(wholeOfString(`${padded}e0`)).toBeUndefined();
    }),
  );
});

test('a double is the nearest one, never infinite, and zero for zero alone', () => {
  fc.assert(
    fc.property(spelledNumber, ({ value, spellings }) => {
      for (const text of spellings) {
        const double = nearestDouble(text);
        const isZero = value.units === 0n;
        const isSmall = !isZero && Number(text) === 0;
        expect(double === undefined).toBe(!isWithinDoubles(value) || isSmall);
        expect(double === 0).toBe(isZero);
      }
    }),
    MANY,
  );
});

test.each(['', '01', '+1', '.5', '1.', 'NaN', 'Infinity', '0x10', '1e', ' 1', '1_0', '--1', '١'])(
  '%j is not a number of JSON, and stays as it is as text',
  (text) => {
    expect(parseDecimal(text)).toBeUndefined();
    expect(wholeOfBits(text, 64)).toBeUndefined();
    expect(canonicalText(text)).toBe(text);
  },
);

test.each([`1e${'9'.repeat(40)}`, `-1e-${'9'.repeat(40)}`, '1e999999999', '0e999999999999'])(
  'an exponent without measure (%s) takes no time and no memory',
  (text) => {
    expect(canonicalText(text).length).toBeLessThanOrEqual(text.length + 1);
    expect(wholeDigits(text, 19)).toBe(text.startsWith('0') ? '0' : undefined);
  },
);

test('a million zeros take no time, before a digit and behind one', () => {
  const zeros = '0'.repeat(1_000_000);
  expect(canonicalText(`0.${zeros}1`)).toBe('1e-1000001');
  expect(canonicalText(`0.1${zeros}`)).toBe('0.1');
  expect(canonicalText(`1${zeros}.${zeros}`)).toBe('1e+1000000');
});
