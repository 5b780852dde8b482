import type { Decimal } from './avro-type.ts';

const INT32_MAX = 2 ** 31 - 1;
const INT = /^(?:0|[1-9]\d{0,9})$/;

/**
 * The decimal of a schema for bytes, or for `size` bytes. Undefined if its attributes are invalid:
 * Avro then ignores the logical type, and reads its values as the underlying type.
 */
export function decimalOf(
  members: ReadonlyMap<string, string>,
  size: number | undefined,
): Decimal | undefined {
  if (members.get('logicalType') !== '"decimal"') {
    return undefined;
  }
  const precision = int32(members.get('precision'));
  const scale = int32(members.get('scale') ?? '0');
  return precision === undefined ||
    scale === undefined ||
    precision < 1 ||
    precision > digitsMax(size) ||
    scale > precision
    ? undefined
    : { precision, scale };
}

/** Undefined for negative numbers and for `2.0`, which Avro does not accept either. */
function int32(json: string | undefined): number | undefined {
  const value = json !== undefined && INT.test(json) ? Number(json) : undefined;
  return value !== undefined && value <= INT32_MAX ? value : undefined;
}

/** The digits that every number of this many bytes has at least. */
function digitsMax(size: number | undefined): number {
  return size === undefined ? INT32_MAX : Math.floor(Math.log10(2) * (8 * size - 1));
}
