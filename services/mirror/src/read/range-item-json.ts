import { bytesOf, octetsOf, octetsOfText, type Octets } from '../query/octets.ts';
import type { RangeItem } from './merge-range.ts';

const ITEM_START = '{"at":"';
const VALUE_START = '","value":';
const BY_START = '","by":"';

/** `{"at":…,"value":…}`, for another replica. */
export function printRangeItem({ place, value }: RangeItem): Octets {
  return `${ITEM_START}${bytesOf(place).toString('base64url')}${VALUE_START}${value}}`;
}

/** `{"at":…,"by":…,"value":…}` if the other replica needs the partition and the stamp. */
export function printPlacedItem({ place, value, by }: RangeItem): Octets {
  const at = bytesOf(place).toString('base64url');
  return `${ITEM_START}${at}${BY_START}${by?.partition ?? ''}.${by?.stamp ?? ''}${VALUE_START}${value}}`;
}

/** Undefined for anything that the functions above did not print. */
export function parseRangeItem(text: string): RangeItem | undefined {
  const end = text.indexOf(VALUE_START);
  if (!text.startsWith(ITEM_START) || end < 0) {
    return undefined;
  }
  const [at = '', by] = text.slice(ITEM_START.length, end).split(BY_START);
  const [partition, stamp] = by?.split('.') ?? [];
  return {
    place: octetsOf(Buffer.from(at, 'base64url')),
    value: octetsOfText(text.slice(end + VALUE_START.length, -1)),
    by: stamp === undefined ? undefined : { partition: Number(partition), stamp },
  };
}
