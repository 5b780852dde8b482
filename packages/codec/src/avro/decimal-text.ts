import { parseDecimal } from '@quicksilver/common/numbers/decimal';

/** More digits than any precision in use, and few enough to print quickly. */
const BYTES_MAX = 4_096;
/** Maximum digits after the decimal point. */
const SCALE_MAX = 4_096;
/** Digits that always fit into this many bytes. */
const DIGITS_MAX = Math.floor(BYTES_MAX * 8 * Math.log10(2)) - 1;

/**
 * Prints a big-endian two's complement number with `scale` digits after the decimal point as a JSON
 * number with all its digits. Undefined if there are no bytes, or too many, or too many digits.
 */
export function decimalText(bytes: Buffer, scale: number): string | undefined {
  if (bytes.length === 0 || bytes.length > BYTES_MAX || scale > SCALE_MAX) {
    return undefined;
  }
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return scale === 0
    ? `${sign}${digits}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** As `decimalText`, also with a negative scale: the zeros before the decimal point. */
export function scaledText(bytes: Buffer, scale: number): string | undefined {
  const digits = decimalText(bytes, Math.max(0, scale));
  if (digits === undefined || scale >= 0 || digits === '0') {
    return digits;
  }
  return scale < -SCALE_MAX ? undefined : `${digits}${'0'.repeat(-scale)}`;
}

/**
 * The bytes of a JSON number as a decimal: the minimum, or `size`. Undefined if it is not a number,
 * or if it has more digits than the type. Nothing is rounded.
 */
export function decimalBytes(
  json: string,
  of: { readonly scale: number; readonly precision: number; readonly size: number | undefined },
): Buffer | undefined {
  const decimal = json.length > BYTES_MAX ? undefined : parseDecimal(json);
  if (decimal === undefined) {
    return undefined;
  }
  const { isNegative, digits } = decimal;
  const zeros = digits === '' ? 0 : decimal.exponent + of.scale;
  if (zeros < 0 || digits.length + zeros > Math.min(of.precision, DIGITS_MAX)) {
    return undefined;
  }
  const magnitude = BigInt(`0${digits}${'0'.repeat(zeros)}`);
  const unscaled = isNegative ? -magnitude : magnitude;
  let length = of.size ?? 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) {
    if (of.size !== undefined) {
      return undefined;
    }
    length += 1;
  }
  const hex = BigInt.asUintN(length * 8, unscaled).toString(16);
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
}
