import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ExactNumber } from './exact-number.ts';
import { parseJson } from './parse-json.ts';

describe('numbers keep their digits', () => {
  test.each([
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '0.12345678901234567890',
    '1e400',
    '1e-400',
    '123456789012345678901234567890.5e-7',
    '12.5e1000',
    '1.5e-1234567890123456',
    '[0.13333333333333333,9007199254740993]',
    '[1,{"a":9007199254740993}]',
  ])('%s', (text) => {
    expect(JSON.stringify(parseJson(text))).toBe(text);
  });

  test('that a JS number holds are JS numbers', () => {
    const text = '[9007199254740991,1.5,-0.1,1e21,0.30000000000000004,"12345678901234567890"]';
    expect(parseJson(text)).toEqual([
      9007199254740991,
      1.5,
      -0.1,
      1e21,
      0.30000000000000004,
      '12345678901234567890',
    ]);
  });

  test('of any length, in any place', () => {
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.bigInt({ min: 0n, max: 10n ** 40n }),
        fc.option(fc.stringMatching(/^\d{1,30}$/), { nil: undefined }),
      )
      .map(([sign, whole, rest]) => `${sign}${whole}${rest === undefined ? '' : `.${rest}`}`);
    fc.assert(
      fc.property(number, (text) => {
        const value = (parseJson(`{"a":[${text}]}`) as { a: [unknown] }).a[0];
        if (value instanceof ExactNumber) {
          expect(value.text).toBe(text);
        } else {
          // Not touched means not changed: it reads back as exactly the same decimal.
          expect(decimal(String(value))).toBe(decimal(text));
        }
      }),
    );
  });
});

/** Digits and place of the point, without zeros that mean nothing. */
function decimal(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace('-', '').split('e');
  const [whole = '', rest = ''] = mantissa.split('.');
  const digits = `${whole}${rest}`.replace(/^0+/, '');
  const point = Number(exponent) - rest.length + (digits.length - digits.replace(/0+$/, '').length);
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '0' : `${significant}e${point}`;
}
