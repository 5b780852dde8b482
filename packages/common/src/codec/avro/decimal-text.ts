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
