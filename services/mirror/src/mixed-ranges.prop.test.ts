import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { eventually } from '@quicksilver/testkit/eventually';
import { MirrorReplicas } from '@quicksilver/testkit/mirror-replicas';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const PARTITIONS = 3;
const KEYS = ['a', 'b', 'c'];
const CITIES = ['rome', 'zürich'];
const BY_KEY: MirrorArguments = { rangeField: 'time', rangeType: 'number' };
const BY_CITY: MirrorArguments = { ...BY_KEY, rangeKey: 'city' };

interface Value {
  readonly time: number;
  readonly city: string;
  readonly n: number;
}

interface Entry {
  readonly key: string;
  /** Undefined is a removal. */
  readonly value: Value | undefined;
  readonly partition: number;
  readonly timestamp: number;
}

/** Whether one record is behind another one of another partition. */
const isBehind = (one: Entry, other: Entry): boolean =>
  one.timestamp > other.timestamp ||
  (one.timestamp === other.timestamp && one.partition > other.partition);

/** The expected responses of a mirror, from the specification and the whole log. */
class Oracle {
  readonly #isImmutable: boolean;
  readonly #isByCity: boolean;
  readonly #log: Entry[] = [];

  constructor(isImmutable: boolean, isByCity: boolean) {
    this.#isImmutable = isImmutable;
    this.#isByCity = isByCity;
  }

  write(entry: Entry): void {
    this.#log.push(entry);
  }

  range(scope: string, from: number, to: number): Value[] {
    return KEYS.flatMap((key) => this.#versions(key).map((value): [string, Value] => [key, value]))
      .filter(([key, { city }]) => scope === (this.#isByCity ? city : key))
      .filter(([, { time }]) => time >= from && time < to)
      .toSorted(([key, one], [other, two]) => one.time - two.time || (key < other ? -1 : 1))
      .map(([, value]) => value);
  }

  #versions(key: string): Value[] {
    const log = this.#log.filter((entry) => entry.key === key);
    return this.#isImmutable ? firstOf(log) : versionsOf(log, this.#isByCity);
  }
}

function firstOf(log: readonly Entry[]): Value[] {
  const values = log.filter(({ value }) => value !== undefined);
  const firsts = [...Map.groupBy(values, ({ partition }) => partition).values()].flatMap(
    ([first]) => first ?? [],
  );
  const [first] = firsts.toSorted((one, other) => (isBehind(one, other) ? 1 : -1));
  return first?.value === undefined ? [] : [first.value];
}

function versionsOf(log: readonly Entry[], isByCity: boolean): Value[] {
  const removals = new Map<number, Entry>();
  const versions = new Map<number, Map<string, Entry>>();
  for (const entry of log) {
    const { partition, value } = entry;
    const here = versions.get(partition) ?? new Map<string, Entry>();
    versions.set(partition, here);
    if (value === undefined) {
      removals.set(partition, entry);
      here.clear();
    } else {
      here.set(isByCity ? `${value.city} ${value.time}` : String(value.time), entry);
    }
  }
  const newest = new Map<string, Entry>();
  for (const here of versions.values()) {
    for (const [place, entry] of here) {
      const isRemoved = [...removals.values()].some(
        (removal) => removal.partition !== entry.partition && isBehind(removal, entry),
      );
      const other = newest.get(place);
      if (!isRemoved && (other === undefined || isBehind(entry, other))) {
        newest.set(place, entry);
      }
    }
  }
  return [...newest.values()].flatMap(({ value }) => value ?? []);
}

const partition = fc.nat(PARTITIONS - 1);
const write = fc.record({
  do: fc.constant('write' as const),
  key: fc.constantFrom(...KEYS),
  partition,
  timestamp: fc.integer({ min: -1, max: 5 }),
  value: fc.option(
    fc.record({ time: fc.integer({ min: -2, max: 3 }), city: fc.constantFrom(...CITIES) }),
    { nil: undefined, freq: 3 },
  ),
});
const steps = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: write },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('check' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('restart', 'rebuild'), replica: fc.nat(2) }),
    },
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);

/** All of a range, page by page. */
async function rangeOf(
  mirror: MirrorReplicas,
  ordinal: number,
  scope: string,
  query: { readonly from: string; readonly to: string; readonly reverse: boolean },
  limit: number,
): Promise<unknown[]> {
  const values: unknown[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await mirror
      .client(ordinal)
      .range(
        mirror.entry,
        JSON.stringify(scope),
        { ...query, limit, ...(cursor === undefined ? {} : { cursor }) },
        { minPosition: mirror.position },
      );
    values.push(...items.map((item): unknown => JSON.parse(item)));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return values;
}

test.each([
  ['MUTABLE', 'a range field', BY_KEY, 1],
  ['MUTABLE', 'a range key', BY_CITY, 1],
  ['IMMUTABLE', 'a range key', BY_CITY, 1],
  ['MUTABLE', 'a range field', BY_KEY, 3],
  ['MUTABLE', 'a range key', BY_CITY, 3],
] as const)(
  'I-R6, M3: whatever partition a record is in, a %s topic with %s answers each range as an oracle (case %#)',
  async (writeType, _name, topicArguments, replicas) => {
    const isByCity = topicArguments === BY_CITY;
    const scopes = isByCity ? CITIES : KEYS;
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 6 }), async (list, limit) => {
        await using mirror = await MirrorReplicas.start({
          replicas,
          partitions: PARTITIONS,
          writeType,
          arguments: topicArguments,
        });
        const oracle = new Oracle(writeType === 'IMMUTABLE', isByCity);
        const check = async (): Promise<void> => {
          for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
            for (const scope of scopes) {
              for (const [from, to] of [
                [-2, 4],
                [0, 2],
              ] as const) {
                const values = oracle.range(scope, from, to);
                const query = { from: String(from), to: String(to), reverse: false };
                expect(await rangeOf(mirror, ordinal, scope, query, limit)).toEqual(values);
                const back = await rangeOf(
                  mirror,
                  ordinal,
                  scope,
                  { ...query, reverse: true },
                  limit,
                );
                expect(back).toEqual(values.toReversed());
              }
            }
          }
        };
        let n = 0;
        for (const step of [...list, { do: 'check' } as const]) {
          if (step.do === 'write') {
            const { key, partition, timestamp } = step;
            const value = step.value && { ...step.value, n: (n += 1) };
            mirror.write(partition, key, value ? JSON.stringify(value) : null, timestamp);
            oracle.write({ key, value, partition, timestamp });
          } else if (step.do === 'check') {
            await eventually(check);
          } else if (step.do === 'restart') {
            await mirror.restart(step.replica % replicas);
          } else {
            await mirror.rebuild(step.replica % replicas, [2, 0, 1]);
          }
        }
      }),
      { numRuns: replicas === 1 ? 4 : 2, endOnFailure: true },
    );
  },
  600_000,
);
