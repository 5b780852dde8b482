import type { Octets } from '../query/octets.ts';

/** A version, and its place in the range index without the scope of the range. */
export interface RangeItem {
  readonly place: Octets;
  readonly value: Octets;
  /** In a mixed topic: the partition that has it, and its stamp in the range index. */
  readonly by?: { readonly partition: number; readonly stamp: string } | undefined;
}

/** The items of one part of a range that were read, in its order. */
export interface RangePart {
  readonly items: readonly RangeItem[];
  /** The index of the next item. */
  at: number;
  /** Whether no more items follow. */
  readonly isComplete: boolean;
}

/**
 * Merges the next items of all parts, in order. It ends at either limit, and at the last item of a
 * part that is not complete, because its next item is unknown. A mixed topic can have items of one
 * place in several partitions. They are taken together.
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

/** Also takes the items that have the place of the last one. */
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

/** Whether all parts are complete and all items are taken. */
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
