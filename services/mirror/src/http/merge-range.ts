import type { Octets } from '../query/value-cache.ts';

/** One version, and where it stands behind the scope of its range. */
export interface RangeItem {
  readonly place: Octets;
  readonly value: Octets;
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
 * item of a part that is not complete: what comes next is not known then.
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
          return taken;
        }
      } else if (first === undefined || isBefore(part, first, isReverse)) {
        first = part;
      }
    }
    const item = first?.items[first.at];
    if (first === undefined || item === undefined) {
      return taken;
    }
    first.at += 1;
    taken.push(item);
    bytes += item.place.length + item.value.length;
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
