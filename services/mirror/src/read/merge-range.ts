import type { Octets } from '../query/value-cache.ts';

/** One version, and where it stands behind the scope of its range. */
export interface RangeItem {
  readonly place: Octets;
  readonly value: Octets;
  /** Of a mixed topic: the partition that has it, and its stamp as the range index has it. */
  readonly by?: { readonly partition: number; readonly stamp: string } | undefined;
}

/** What is known so far of one part of a range, in its order. */
export interface RangePart {
  readonly items: readonly RangeItem[];
  /** The next item that was not taken. */
  at: number;
  /** True where nothing comes behind the items. */
  readonly isComplete: boolean;
}

/**
 * Takes the next items of all parts together, in order. Ends with either limit, and with the last
 * item of a part that is not complete: what comes next is not known then. Items of one place, which
 * a mixed topic can have in several partitions, are taken together.
 */
export function takeMerged(
  parts: readonly RangePart[],
  isReverse: boolean,
  limits: { readonly itemsMax: number; readonly bytesMax: number },
): RangeItem[] {
  const taken: RangeItem[] = [];
  let bytes = 0;
  while (taken.length < limits.itemsMax && bytes < limits.bytesMax) {
    let first: RangePart | undefined;
    for (const part of parts) {
      if (part.at === part.items.length) {
        if (!part.isComplete) {
          return withPlaceOfLast(parts, taken);
        }
      } else if (first === undefined || isBefore(part, first, isReverse)) {
        first = part;
      }
    }
    const item = first?.items[first.at];
    if (first === undefined || item === undefined) {
      break;
    }
    first.at += 1;
    taken.push(item);
    bytes += item.place.length + item.value.length;
  }
  return withPlaceOfLast(parts, taken);
}

/** A part has no further item of a place once it is behind it. */
function withPlaceOfLast(parts: readonly RangePart[], taken: RangeItem[]): RangeItem[] {
  const place = taken.at(-1)?.place;
  for (const part of parts) {
    for (let item = part.items[part.at]; item !== undefined && item.place === place;) {
      taken.push(item);
      part.at += 1;
      item = part.items[part.at];
    }
  }
  return taken;
}

/** Whether all that there is was taken. */
export function isExhausted(parts: readonly RangePart[]): boolean {
  return parts.every(({ items, at, isComplete }) => isComplete && at === items.length);
}

function isBefore(one: RangePart, other: RangePart, isReverse: boolean): boolean {
  const [a, b] = [one.items[one.at], other.items[other.at]];
  if (a === undefined || b === undefined) {
    return false;
  }
  return isReverse ? a.place > b.place : a.place < b.place;
}
