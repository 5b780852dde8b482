/**
 * The exact value of a JSON number. This file decides everything about numbers that a JS number may
 * not hold. That includes equality of two spellings, whether a number is whole, and its canonical
 * text.
 */
export interface Decimal {
  readonly isNegative: boolean;
  /** The significant digits, without zeros at either end. Empty for zero, which has no sign. */
  readonly digits: string;
  /** The power of ten of the last digit. Infinite or rounded if the exponent exceeds 2^53. */
  readonly exponent: number;
}

const JSON_NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const ZERO: Decimal = { isNegative: false, digits: '', exponent: 0 };
const DIGIT_ZERO = 0x30;

/** Undefined if the text is not a JSON number. The time depends on the length of the text only. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = JSON_NUMBER.exec(text);
  if (parts === null) {
    return undefined;
  }
  const [, sign, whole = '', fraction = '', exponent] = parts;
  const all = fraction === '' ? whole : whole + fraction;
  let first = 0;
  let end = all.length;
  while (first < end && all.charCodeAt(first) === DIGIT_ZERO) {
    first += 1;
  }
  while (end > first && all.charCodeAt(end - 1) === DIGIT_ZERO) {
    end -= 1;
  }
  if (first === end) {
    return ZERO;
  }
  return {
    isNegative: sign === '-',
    digits: all.slice(first, end),
    exponent: (exponent === undefined ? 0 : Number(exponent)) - fraction.length + all.length - end,
  };
}

/**
 * Whether a JS number equals the JSON number that it was parsed from. The value of a JS number is
 * the decimal that it prints, which may differ from the parsed text.
 */
export function holdsExactly(value: number, text: string): boolean {
  const printed = String(value);
  if (printed === text) {
    return true;
  }
  const [held, meant] = [parseDecimal(printed), parseDecimal(text)];
  return (
    held !== undefined &&
    meant !== undefined &&
    held.digits === meant.digits &&
    held.exponent === meant.exponent &&
    held.isNegative === meant.isNegative
  );
}

/**
 * The digits of a whole number, regardless of its spelling: `1E+3` is `1000`, `-0.0` is `0`.
 * Undefined if the text is not a whole JSON number, or if it has more digits than `digitsMax`.
 */
export function wholeDigits(text: string, digitsMax: number): string | undefined {
  const decimal = parseDecimal(text);
  return decimal !== undefined &&
    isWhole(decimal) &&
    decimal.digits.length + decimal.exponent <= digitsMax
    ? writtenOut(decimal)
    : undefined;
}

export function isWhole({ exponent }: Decimal): boolean {
  return exponent >= 0;
}

/** Digits of the longest 64-bit number. */
const INT64_DIGITS = 19;
const DIGITS = /^(-?)0*(\d{1,19})$/;

/**
 * Parses a string with a 64-bit whole number, for clients that cannot send such numbers. It has
 * only digits and an optional minus sign. Leading zeros are allowed. Otherwise undefined.
 */
export function wholeOfString(text: string): bigint | undefined {
  const [, sign = '', digits] = DIGITS.exec(text) ?? [];
  return digits === undefined ? undefined : wholeOfBits(`${sign}${BigInt(digits)}`, 64);
}

/** A whole number that fits into `bits` bits, regardless of its spelling. Otherwise undefined. */
export function wholeOfBits(text: string, bits: 8 | 16 | 32 | 64): bigint | undefined {
  const digits = wholeDigits(text, INT64_DIGITS);
  const value = digits === undefined ? undefined : BigInt(digits);
  return value !== undefined && BigInt.asIntN(bits, value) === value ? value : undefined;
}

/** The nearest double. Undefined if it is infinite, or if it is zero and the number is not. */
export function nearestDouble(text: string): number | undefined {
  const value = Number(text);
  const isLost = !Number.isFinite(value) || (value === 0 && parseDecimal(text)?.digits !== '');
  return isLost ? undefined : value;
}

/** Maximum number of trailing zeros that are written out. Real data has fewer. */
const ZEROS_MAX = 1_000;
/** JavaScript prints an exponent from this point on: `0.000001`, but `1e-7`. */
const LEAST_POINT = -6;

/**
 * The canonical text of a number, the same for all equal numbers. It is JavaScript's spelling,
 * except that whole numbers have no exponent. Text that is not a JSON number is returned unchanged.
 */
export function canonicalText(text: string): string {
  const decimal = parseDecimal(text);
  if (decimal === undefined || !Number.isSafeInteger(decimal.exponent)) {
    return text;
  }
  const { isNegative, digits, exponent } = decimal;
  if (exponent >= 0 && exponent <= ZEROS_MAX) {
    return writtenOut(decimal);
  }
  const sign = isNegative ? '-' : '';
  const point = digits.length + exponent;
  if (exponent < 0 && point > 0) {
    return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  }
  if (exponent < 0 && point > LEAST_POINT) {
    return `${sign}0.${'0'.repeat(-point)}${digits}`;
  }
  const rest = digits.length === 1 ? '' : `.${digits.slice(1)}`;
  return `${sign}${digits.slice(0, 1)}${rest}e${point > 0 ? '+' : ''}${point - 1}`;
}

function writtenOut({ isNegative, digits, exponent }: Decimal): string {
  return digits === '' ? '0' : `${isNegative ? '-' : ''}${digits}${'0'.repeat(exponent)}`;
}
