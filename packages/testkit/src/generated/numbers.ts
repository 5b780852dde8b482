import fc from 'fast-check';

/**
 * JSON numbers over the whole range in all their spellings, and what they are: exact decimal
 * arithmetic that shares nothing with the code under test.
 */
export interface ExactValue {
  readonly units: bigint;
  /**
   * Of ten, so that the value is units × 10^power. It is zero if the units are zero; other units do
   * not end in a zero.
   */
  readonly power: number;
}

/** The value of a JSON number. */
export function exactValue(text: string): ExactValue {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return reduced(BigInt(whole + fraction), Number(exponent) - fraction.length);
}

function reduced(units: bigint, power: number): ExactValue {
  if (units === 0n) {
    return { units, power: 0 };
  }
  let [left, shifted] = [units, power];
  while (left % 10n === 0n) {
    left /= 10n;
    shifted += 1;
  }
  return { units: left, power: shifted };
}

/** Equal for equal numbers only. */
export function valueName({ units, power }: ExactValue): string {
  return `${units}e${power}`;
}

/** Undefined if the number is not whole. */
export function wholeValue({ units, power }: ExactValue): bigint | undefined {
  return power < 0 ? undefined : units * 10n ** BigInt(power);
}

export function isWholeOfBits(value: ExactValue, bits: number): boolean {
  const whole = wholeValue(value);
  return whole !== undefined && BigInt.asIntN(bits, whole) === whole;
}

/** From here on the nearest double is infinite: half a step beyond the largest. */
const BEYOND_DOUBLES = 2n ** 1024n - 2n ** 970n;

export function isWithinDoubles({ units, power }: ExactValue): boolean {
  const size = units < 0n ? -units : units;
  return power >= 0
    ? size * 10n ** BigInt(power) < BEYOND_DOUBLES
    : size < BEYOND_DOUBLES * 10n ** BigInt(-power);
}

/** A number in some of the spellings that it has as JSON. */
export interface SpelledNumber {
  readonly value: ExactValue;
  readonly spellings: readonly string[];
}

const near = (middle: bigint, by: bigint) => fc.bigInt({ min: middle - by, max: middle + by });

const units = fc.oneof(
  near(0n, 200n),
  near(2n ** 31n, 3n),
  near(2n ** 53n, 9n),
  near(2n ** 54n, 9n),
  near(2n ** 63n, 3n),
  fc.integer({ min: 0, max: 25 }).chain((power) => near(10n ** BigInt(power), 2n)),
  // Nanoseconds since 1970 of a clock that counts microseconds.
  fc
    .bigInt({ min: 1_500_000_000_000_000n, max: 2_000_000_000_000_000n })
    .map((micros) => micros * 1_000n),
  // Snowflakes: 42 bits of time, 10 of a machine, 12 of a count.
  fc
    .tuple(fc.bigInt({ min: 2n ** 40n, max: 2n ** 41n }), fc.bigInt({ min: 0n, max: 4_095n }))
    .map(([ms, count]) => (ms << 22n) | count),
  fc.bigInt({ min: 0n, max: 2n ** 64n }),
  fc.bigInt({ min: 0n, max: 10n ** 45n }),
  // Doubles and their neighbours, exactly.
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: 1, max: 1e22 })
    .map((double) => BigInt(Math.floor(double))),
);
const power = fc.oneof(
  { arbitrary: fc.constant(0), weight: 6 },
  { arbitrary: fc.integer({ min: -30, max: 5 }), weight: 3 },
  { arbitrary: fc.integer({ min: -340, max: 320 }), weight: 1 },
);

interface Spelling {
  /** Places that the point is moved to the left, or zeros before it. */
  readonly point: number;
  /** Behind the point, which change nothing. */
  readonly zeros: number;
  readonly letter: 'e' | 'E';
  readonly hasPlus: boolean;
  readonly exponentZeros: number;
}

const spelling: fc.Arbitrary<Spelling> = fc.record({
  point: fc.integer({ min: -4, max: 8 }),
  zeros: fc.nat({ max: 4 }),
  letter: fc.constantFrom('e', 'E'),
  hasPlus: fc.boolean(),
  exponentZeros: fc.nat({ max: 2 }),
});

/** Each has four spellings. The first has no exponent if the number is not too long for that. */
export const spelledNumber: fc.Arbitrary<SpelledNumber> = fc
  .tuple(
    units.map((any) => (any < 0n ? -any : any)),
    power,
    fc.boolean(),
    fc.array(spelling, { minLength: 3, maxLength: 3 }),
  )
  .map(([magnitude, ten, isNegative, moreSpellings]) => {
    const number = `${isNegative ? '-' : ''}${magnitude}`;
    const plain = { point: -ten, zeros: 0, letter: 'e', hasPlus: false, exponentZeros: 0 } as const;
    const first = Math.abs(ten) <= 60 ? plain : { ...plain, point: 0 };
    return {
      value: reduced(isNegative ? -magnitude : magnitude, ten),
      spellings: [first, ...moreSpellings].map((how) => spelled(number, ten, how)),
    };
  });

function spelled(number: string, ten: number, how: Spelling): string {
  const sign = number.startsWith('-') ? '-' : '';
  const digits = number.slice(sign.length) + '0'.repeat(Math.max(0, -how.point));
  const places = Math.max(0, how.point);
  const padded = digits.padStart(places + 1, '0');
  const whole = padded.slice(0, padded.length - places).replace(/^0+(?=\d)/, '');
  const fraction = padded.slice(padded.length - places) + '0'.repeat(how.zeros);
  const mantissa = `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
  const exponent = ten + how.point;
  if (exponent === 0 && how.exponentZeros === 0) {
    return mantissa;
  }
  const size = '0'.repeat(how.exponentZeros) + Math.abs(exponent);
  return `${mantissa}${how.letter}${exponent < 0 ? '-' : how.hasPlus ? '+' : ''}${size}`;
}
