import { currentOf, type HeldRecord } from '../query/current-record.ts';
import { bytesOf } from '../query/octets.ts';
import { Freshness } from './freshness.ts';
import { readHeld } from './held-records.ts';
import type { RangeItem } from './merge-range.ts';
import type { RangeRequest } from './range-request.ts';
import type { ReadScope } from './read-scope.ts';

/**
 * Which versions of a mixed topic are visible. A tombstone in another partition hides versions that
 * are not newer than it. Of one place the newest version counts, by timestamp and then by
 * partition. In an immutable topic only the partition with the first record of a key has a version.
 */
export class RangeVisibility {
  readonly #scope: ReadScope;
  readonly #request: RangeRequest;

  constructor(scope: ReadScope, request: RangeRequest) {
    this.#scope = scope;
    this.#request = request;
  }

  /** Items of one place must be together. */
  async of(items: readonly RangeItem[]): Promise<RangeItem[]> {
    const held = await this.#heldOf(items);
    const visible: RangeItem[] = [];
    for (const item of items) {
      if (this.#isHidden(item, held.get(this.#keyOf(item)) ?? [])) {
        continue;
      }
      const before = visible.at(-1);
      if (before?.place !== item.place) {
        visible.push(item);
      } else if (isNewer(item, before)) {
        visible[visible.length - 1] = item;
      }
    }
    return visible;
  }

  async #heldOf(items: readonly RangeItem[]): Promise<ReadonlyMap<string, HeldRecord[]>> {
    const { keyEncoding } = this.#scope.view;
    const names = [...new Set(items.map((item) => this.#keyOf(item)))];
    const keys = names.map((name) => keyEncoding.decode(bytesOf(name)));
    const query = { keys, hasValues: false };
    const records = await readHeld(this.#scope, query, new Freshness());
    return new Map(names.map((name, index) => [name, records[index] ?? []]));
  }

  #isHidden({ by }: RangeItem, held: readonly HeldRecord[]): boolean {
    if (by === undefined) {
      return false;
    }
    if (this.#scope.view.isImmutable) {
      return currentOf(held, true)?.partition !== by.partition;
    }
    const timestamp = timeOf(by.stamp);
    return held.some(
      ({ partition, removedAt }) =>
        partition !== by.partition &&
        removedAt !== undefined &&
        (removedAt > timestamp || (removedAt === timestamp && partition > by.partition)),
    );
  }

  /** The stored key of a version, one character for each byte. */
  #keyOf({ place, by }: RangeItem): string {
    const { storedKey } = this.#request;
    if (storedKey !== undefined) {
      return storedKey;
    }
    const length = Number.parseInt(by?.stamp.slice(TIME_DIGITS) ?? '0', 16);
    return place.slice(place.length - length);
  }
}

/** See `version-layout.ts`. */
const TIME_DIGITS = 16;
const SIGN = 1n << 63n;

function timeOf(stamp: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${stamp.slice(0, TIME_DIGITS)}`) ^ SIGN);
}

function isNewer({ by: one }: RangeItem, { by: other }: RangeItem): boolean {
  const [a, b] = [one?.stamp.slice(0, TIME_DIGITS) ?? '', other?.stamp.slice(0, TIME_DIGITS) ?? ''];
  return a > b || (a === b && (one?.partition ?? 0) > (other?.partition ?? 0));
}
