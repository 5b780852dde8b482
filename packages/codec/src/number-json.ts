import { nearestDouble } from '@quicksilver/common/numbers/decimal';

/**
 * The shortest JSON that parses to the same double. Numbers that are not finite become strings, as
 * in Avro's own JSON.
 */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/** The shortest text that parses to the same 32-bit float: `0.1`, not `0.10000000149011612`. */
export function floatJson(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return doubleJson(value);
  }
  for (let digits = 1; digits < FLOAT_DIGITS_MAX; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) {
      return String(short);
    }
  }
  return String(Number(value.toPrecision(FLOAT_DIGITS_MAX)));
}

/** The nearest 32-bit float. Undefined if it would be infinite, or zero without being zero. */
export function nearestFloat(json: string): number | undefined {
  const value = nearestDouble(json);
  const float = value === undefined ? undefined : Math.fround(value);
  return float === undefined || !Number.isFinite(float) || (float === 0 && value !== 0)
    ? undefined
    : float;
}

/** Digits that identify every 32-bit float. */
const FLOAT_DIGITS_MAX = 9;
