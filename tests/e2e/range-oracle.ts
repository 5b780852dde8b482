import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { OutgoingRecord } from '@quicksilver/kafka/ports';
import { oneOf } from '@quicksilver/testkit/seeded-random';

/** A number of one decimal, exact: 2^53 and its neighbours are among those that are used. */
interface Place {
  readonly tenths: bigint;
  readonly json: string;
}

interface Row {
  readonly place: Place;
  readonly city: string;
  /** Of the write, counted from 1. */
  readonly n: number;
}

interface Entry extends Row {
  readonly key: string;
}

/** What a request for a range says; bounds as JSON. */
export interface AskedRange {
  readonly scope: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly includeFrom: boolean;
  readonly includeTo: boolean;
  readonly reverse: boolean;
  readonly limit: number;
  /** The writes whose rows make the answer, in its order. */
  readonly expected: readonly number[];
}

const KEYS = Array.from({ length: 1_500 }, (_, at) => `k${at}`);
const CITIES = ['rome', 'oslo', 'lima', 'bonn', 'york'];
/** In tenths. */
const ANCHORS = [0n, 90_071_992_547_409_920n, -90_071_992_547_409_920n];
const PLACES = ANCHORS.flatMap((anchor) =>
  Array.from({ length: 120 }, (_, at) => placeOf(anchor + BigInt(at - 60) * 5n)),
);
const REMOVED_SHARE = 0.02;

/**
 * Random writes to a topic whose records have a time and a city, and the content of any range: all
 * rows, filtered and sorted, with exact numbers.
 */
export class RangeOracle {
  readonly #random: () => number;
  readonly #partitions: number;
  readonly #byCity: boolean;
  readonly #partitionOf: ReadonlyMap<string, number>;
  /** The versions of each key, by time alone or by city and time. */
  readonly #versions = new Map<string, Map<string, Row>>(KEYS.map((key) => [key, new Map()]));
  #writes = 0;

  constructor(random: () => number, options: { partitions: number; byCity: boolean }) {
    this.#random = random;
    this.#partitions = options.partitions;
    this.#byCity = options.byCity;
    this.#partitionOf = new Map(
      KEYS.map((key) => [key, partitionOf(Buffer.from(key), options.partitions)]),
    );
  }

  get writes(): number {
    return this.#writes;
  }

  /** Random upserts and deletes, by partition. */
  write(count: number): readonly (readonly OutgoingRecord[])[] {
    const records = Array.from({ length: this.#partitions }, () => [] as OutgoingRecord[]);
    for (let at = 0; at < count; at += 1) {
      const key = oneOf(this.#random, KEYS);
      const list = records[this.#partitionOf.get(key) ?? 0];
      list?.push({ key: Buffer.from(key), value: this.#writeOne(key) });
    }
    return records;
  }

  /** A random range of a random key or city. */
  ask(): AskedRange {
    const scope = oneOf(this.#random, this.#byCity ? CITIES : KEYS);
    const [one, other] = [this.#bound(), this.#bound()];
    const [low, high] = one.tenths <= other.tenths ? [one, other] : [other, one];
    // One bound at least is wanted.
    const open = this.#random();
    const [from, to] = [open < 0.2 ? undefined : low, open > 0.8 ? undefined : high];
    const [includeFrom, includeTo] = [this.#random() < 0.7, this.#random() < 0.3];
    const reverse = this.#random() < 0.5;
    const rows = this.#rowsOf(scope)
      .filter(({ place }) => from === undefined || isBehind(place, from, includeFrom))
      .filter(({ place }) => to === undefined || isBehind(to, place, includeTo))
      .toSorted(inOrder);
    return {
      ...{ scope, from: from?.json, to: to?.json, includeFrom, includeTo, reverse },
      limit: this.#byCity
        ? 200 + Math.floor(this.#random() * 800)
        : 1 + Math.floor(this.#random() * 50),
      expected: (reverse ? rows.toReversed() : rows).map(({ n }) => n),
    };
  }

  #writeOne(key: string): Buffer | null {
    this.#writes += 1;
    const versions = this.#versions.get(key);
    if (this.#random() < REMOVED_SHARE) {
      versions?.clear();
      return null;
    }
    const [place, city, n] = [
      oneOf(this.#random, PLACES),
      oneOf(this.#random, CITIES),
      this.#writes,
    ];
    versions?.set(this.#byCity ? `${city} ${place.json}` : place.json, { place, city, n });
    return Buffer.from(`{"time":${place.json},"city":"${city}","n":${n}}`);
  }

  #rowsOf(scope: string): Entry[] {
    const entries = this.#byCity
      ? [...this.#versions]
      : [[scope, this.#versions.get(scope) ?? new Map<string, Row>()] as const];
    return entries
      .flatMap(([key, versions]) => [...versions.values()].map((row) => ({ key, ...row })))
      .filter(({ city }) => !this.#byCity || city === scope);
  }

  /** Often one that a row has, and else one between. */
  #bound(): Place {
    const { tenths } = oneOf(this.#random, PLACES);
    return placeOf(tenths + oneOf(this.#random, [0n, 0n, 0n, 1n, -1n]));
  }
}

function placeOf(tenths: bigint): Place {
  const size = tenths < 0n ? -tenths : tenths;
  const [whole, rest] = [size / 10n, size % 10n];
  const text = rest === 0n ? String(whole) : `${whole}.${rest}`;
  return { tenths, json: tenths < 0n ? `-${text}` : text };
}

function isBehind(place: Place, bound: Place, includesIt: boolean): boolean {
  return place.tenths > bound.tenths || (includesIt && place.tenths === bound.tenths);
}

/** By time, and at the same time by key. */
function inOrder(one: Entry, other: Entry): number {
  if (one.place.tenths !== other.place.tenths) {
    return one.place.tenths < other.place.tenths ? -1 : 1;
  }
  return Buffer.compare(Buffer.from(one.key), Buffer.from(other.key));
}
