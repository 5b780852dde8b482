import { ExactNumber } from '@quicksilver/common/numbers/exact-number';

/** About the length of the shortest JSON of a number, a boolean or null with a comma. */
const SMALL_BYTES = 4;

/** About the bytes of a value of a scalar type or a list of them, in JSON. */
export function leafBytes(value: unknown): number {
  if (typeof value === 'string') {
    return value.length + SMALL_BYTES;
  }
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) {
    return SMALL_BYTES;
  }
  let bytes = SMALL_BYTES;
  for (const [name, member] of Object.entries(value)) {
    bytes += (Array.isArray(value) ? 0 : name.length + SMALL_BYTES) + leafBytes(member);
  }
  return bytes;
}
