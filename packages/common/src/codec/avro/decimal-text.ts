/** More digits than any precision in use, and few enough that printing them takes no time. */
const BYTES_MAX = 4_096;

/**
 * An unscaled big-endian two's complement number with `scale` digits behind the point, as the text of
 * a JSON number with all its digits. Undefined where the bytes are none, or more than anyone means.
 */
export function decimalText(bytes: Buffer, scale: number): string | undefined {
  if (bytes.length === 0 || bytes.length > BYTES_MAX) {
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

const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/;

/**
 * The bytes of a decimal of a JSON number without an exponent: as few as hold it, or `size`. Undefined
 * where it is none, or has more digits than the type: nothing is rounded.
 */
export function decimalBytes(
  json: string,
  of: { readonly scale: number; readonly precision: number; readonly size: number | undefined },
): Buffer | undefined {
  const [, sign, whole, fraction = ''] = json.length > BYTES_MAX ? [] : (DECIMAL.exec(json) ?? []);
  const digits = fraction.replace(/0+$/, '');
  if (whole === undefined || digits.length > of.scale) {
    return undefined;
  }
  const magnitude = BigInt(`${whole}${digits.padEnd(of.scale, '0')}`);
  const unscaled = sign === '-' ? -magnitude : magnitude;
  if (magnitude > 0n && String(magnitude).length > of.precision) {
    return undefined;
  }
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
