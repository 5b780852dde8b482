import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { orderOfBytes, orderOfNumber, orderOfText, orderOfTimestamp } from './order-encoding.ts';

const PAIRS = { numRuns: 10_000 };

/** A JSON number as an integer times a power of ten: exact. */
function exactly(text: string): { readonly units: bigint; readonly power: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { units: BigInt(whole + fraction), power: Number(exponent) - fraction.length };
}

function compareNumbers(one: string, other: string): number {
  const [a, b] = [exactly(one), exactly(other)];
  const power = Math.min(a.power, b.power);
  const left = a.units * 10n ** BigInt(a.power - power);
  const right = b.units * 10n ** BigInt(b.power - power);
  return left < right ? -1 : left > right ? 1 : 0;
}

const sign = fc.constantFrom('', '-');
const digits = (maxLength: number) =>
  fc
    .array(fc.constantFrom(...'0012345678999'), { minLength: 1, maxLength })
    .map((all) => all.join(''));
const whole = digits(24).map((text) => text.replace(/^0+(?=\d)/, ''));
const written = fc
  .tuple(
    sign,
    whole,
    fc.option(digits(12), { nil: undefined }),
    fc.integer({ min: -330, max: 330 }),
  )
  .map(
    ([minus, before, after, exponent]) =>
      `${minus}${before}${after === undefined ? '' : `.${after}`}${exponent % 3 === 0 ? `e${exponent}` : ''}`,
  );
const notable = fc.constantFrom(
  ...['0', '-0', '0.0', '-0e5', '1', '1.0', '10', '1e1', '-1', '0.1', '0.10', '-0.1', '0.01'],
  ...['9007199254740993', '9007199254740992', '9223372036854775807', '-9223372036854775808'],
  ...['1e300', '-1e300', '1e-300', '1e60', '1e61', '9e59', '1e-61', '1e-60', '1e-62', '99', '100'],
);
const number = fc.oneof(
  { arbitrary: written, weight: 4 },
  { arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map(String), weight: 2 },
  {
    arbitrary: fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((double) => JSON.stringify(double)),
    weight: 1,
  },
  { arbitrary: fc.integer({ min: -200, max: 200 }).map(String), weight: 2 },
  { arbitrary: notable, weight: 2 },
);

function isBeginning(one: Buffer, other: Buffer): boolean {
  return one.length < other.length && other.subarray(0, one.length).equals(one);
}

/** Compares two encodings, and checks that neither is a prefix of the other. */
function compared(one: Buffer | undefined, other: Buffer | undefined): number | string {
  if (one === undefined || other === undefined) {
    return 'no encoding';
  }
  return isBeginning(one, other) || isBeginning(other, one)
    ? 'one begins the other'
    : Buffer.compare(one, other);
}

test('I-R7: numbers order by their exact values, however they are written', () => {
  fc.assert(
    fc.property(number, number, (one, other) => {
      expect(compared(orderOfNumber(one), orderOfNumber(other))).toBe(compareNumbers(one, other));
    }),
    PAIRS,
  );
});

test('I-R7: a number and its neighbours in the last digit order, of any length and size', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      fc.integer({ min: -80, max: 80 }),
      (units, power) => {
        const [one, next] = [`${units}e${power}`, `${units + 1n}e${power}`];
        expect(compared(orderOfNumber(one), orderOfNumber(next))).toBe(-1);
      },
    ),
    PAIRS,
  );
});

test('I-R7: texts order by their UTF-8 bytes, and none is a prefix of another', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\0\x01a]{0,6}$/));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const order = Buffer.compare(Buffer.from(one), Buffer.from(other));
      expect(compared(orderOfText(one), orderOfText(other))).toBe(order);
    }),
    PAIRS,
  );
});

test('I-R7: bytes order by their values, including zeros', () => {
  const bytes = fc.array(fc.constantFrom(0, 1, 2, 0xfe, 0xff), { maxLength: 6 }).map(Buffer.from);
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      expect(compared(orderOfBytes(one), orderOfBytes(other))).toBe(Buffer.compare(one, other));
    }),
    PAIRS,
  );
});

test('I-R7: times order by the instant, in any zone, and as the number of their milliseconds', () => {
  const ms = fc.integer({
    min: Date.parse('0001-01-02T00:00:00Z'),
    max: Date.parse('9999-12-30T00:00:00Z'),
  });
  const zone = fc.integer({ min: -14 * 60, max: 14 * 60 });
  const inZone = (epochMs: number, minutes: number): string => {
    const wall = new Date(epochMs + minutes * 60_000).toISOString().slice(0, -1);
    const size = Math.abs(minutes);
    const two = (part: number): string => String(part).padStart(2, '0');
    return `${wall}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  };
  fc.assert(
    fc.property(ms, fc.integer({ min: -2, max: 2 }), zone, zone, (epochMs, apart, here, there) => {
      const other = epochMs + apart;
      const order = Math.sign(epochMs - other) || 0;
      const text = orderOfTimestamp(inZone(epochMs, here));
      expect(compared(text, orderOfTimestamp(inZone(other, there)))).toBe(order);
      expect(compared(text, orderOfNumber(String(other)))).toBe(order);
    }),
    PAIRS,
  );
});

test('digits below the millisecond count, before 1970 too', () => {
  const ordered = [
    '1969-12-31T23:59:59.9989999Z',
    '1969-12-31T23:59:59.999Z',
    '1969-12-31T23:59:59.9990001Z',
    '1970-01-01T00:00Z',
    '1970-01-01T00:00:00.000000001Z',
    '1970-01-01T00:00:00.001Z',
  ];
  const orders = ordered.map((text) => orderOfTimestamp(text) ?? Buffer.alloc(0));
  expect(orders.toSorted(Buffer.compare)).toEqual(orders);
  expect(new Set(orders.map(String)).size).toBe(ordered.length);
});

test.each([
  '',
  '01',
  '+1',
  '.5',
  '1.',
  'NaN',
  'Infinity',
  '0x10',
  '1e',
  ' 1',
  '1_0',
  `1e${2 ** 31}`,
])('%j is no number of an order', (text) => expect(orderOfNumber(text)).toBeUndefined());

test.each([
  ...['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01'],
  ...['2026-01-01T00:00:00', '2026-01-01T00:00:60Z', '2026-01-01T00:00:00+24:00', 'now', '17'],
])('%j is no time of an order', (text) => expect(orderOfTimestamp(text)).toBeUndefined());
