import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Applier } from './apply/applier.ts';
import { keyEncodingFor } from './store/key-encoding.ts';
import type { LevelStore } from './store/level-store.ts';
import { openTopicStore } from './store/open-topic-store.ts';
import type { EntryPage, RangeOptions, RangeScalar } from './store/ports.ts';
import { argumentsText, rangeIndexOf } from './hosting/topic-arguments.ts';

const BY_KEY: MirrorArguments = { rangeField: 'at.time', rangeType: 'number' };
const BY_CITY: MirrorArguments = { ...BY_KEY, rangeKey: 'city' };

/** One partition of a mirror: the real applier over the real store. */
class Partition implements AsyncDisposable {
  readonly store: LevelStore;
  readonly #topicArguments: MirrorArguments;
  #applier: Applier;

  private constructor(store: LevelStore, topicArguments: MirrorArguments) {
    this.store = store;
    this.#topicArguments = topicArguments;
    this.#applier = this.#newApplier();
  }

  static async open(root: string, topicArguments: MirrorArguments): Promise<Partition> {
    const { store } = await openTopicStore({
      root,
      identity: {
        topic: 't',
        partitions: 1,
        keyType: 'STRING',
        valueType: 'JSON',
        writeType: 'MUTABLE',
        arguments: argumentsText(topicArguments),
      },
      versions: topicArguments.rangeKey === undefined ? 'of-key' : 'of-range-key',
      cacheBytes: 16_777_216,
    });
    return new Partition(store, topicArguments);
  }

  /** Restarts from the state of the store. */
  resume(): void {
    this.#applier = this.#newApplier();
    const stored = this.store.position(0);
    if (stored !== undefined) {
      this.#applier.resume(stored, 0n);
    }
  }

  rebuild(): Promise<void> {
    return this.#applier.rebuild('id', 0n, 0n);
  }

  async apply(log: readonly KafkaRecord[], from: number, to: number): Promise<void> {
    await this.#applier.apply({
      topic: 't',
      partition: 0,
      records: log.slice(from, to),
      nextOffset: BigInt(to),
      endOffset: BigInt(log.length),
      logStartOffset: 0n,
    });
  }

  newest(key: string): string | undefined {
    return this.store.get(0, this.#applier.generation, Buffer.from(key))?.json.toString();
  }

  /** The values of a scope from one number up to before another, page by page as cursors go. */
  async range(
    scope: string,
    [from, to]: readonly [number, number],
    pageItems: number,
    isReverse: boolean,
  ): Promise<string[]> {
    const index = rangeIndexOf(this.#topicArguments);
    const number = (value: number): RangeScalar => ({ type: 'number', text: String(value) });
    const prefix =
      index?.key === undefined
        ? index?.scopeOfKey(Buffer.from(scope))
        : index.scopeOfScalar({ type: 'string', text: scope });
    const place = (value: number): Buffer =>
      Buffer.concat([prefix ?? Buffer.alloc(0), index?.orderOf(number(value)) ?? Buffer.alloc(0)]);
    const values: string[] = [];
    let [gte, lt] = [place(from), place(to)];
    for (;;) {
      const page = await this.#page({ gte, lt, isReverse }, pageItems);
      values.push(...page.entries.map(({ json }) => Buffer.from(json, 'latin1').toString()));
      const last = page.entries.at(-1);
      if (page.isComplete || last === undefined) {
        return values;
      }
      const at = Buffer.from(last.place, 'latin1');
      [gte, lt] = isReverse ? [gte, at] : [Buffer.concat([at, Buffer.alloc(1)]), lt];
    }
  }

  /** In two steps of one snapshot, the first of which ends by its bytes. */
  async #page(
    bounds: Pick<RangeOptions, 'gte' | 'lt' | 'isReverse'>,
    items: number,
  ): Promise<EntryPage> {
    const { generation } = this.#applier;
    const reader = this.store.openRange({ ...bounds, partition: 0, generation });
    try {
      const first = await reader.next(items, 1);
      const { entries, isComplete } = await reader.next(items, 1e9);
      return { entries: [...first.entries, ...entries], isComplete };
    } finally {
      await reader.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.store.close();
  }

  #newApplier(): Applier {
    return new Applier({
      partition: 0,
      store: this.store,
      types: {
        keyCodec: codecFor('STRING'),
        keyEncoding: keyEncodingFor('STRING'),
        valueCodec: codecFor('JSON'),
      },
      range: rangeIndexOf(this.#topicArguments),
      waitersMax: 1,
      poisonEntriesMax: 10,
      onApplied: () => {},
      onPoison: () => {},
      onState: () => {},
      onRebuild: () => {},
      onCorrupt: () => {},
    });
  }
}

interface Write {
  readonly key: string;
  /** Undefined is a tombstone. */
  readonly value: { readonly time: string | null; readonly city: string } | undefined;
}

const valueText = ({ time, city }: NonNullable<Write['value']>, offset: number): string =>
  `{"at":{"time":${time}},"city":"${city}","n":${offset}}`;

function recordsOf(writes: readonly Write[]): KafkaRecord[] {
  return writes.map(({ key, value }, offset) => ({
    offset: BigInt(offset),
    timestamp: 0n,
    key: Buffer.from(key),
    value: value === undefined ? null : Buffer.from(valueText(value, offset)),
  }));
}

interface Row {
  readonly key: string;
  readonly time: number;
  readonly city: string;
  readonly json: string;
}

/** The expected content of a mirror, as the specification says it. */
class Oracle {
  readonly newest = new Map<string, string>();
  readonly #isByCity: boolean;
  /** The versions of each key: by city and time if there is a range key, else by time. */
  readonly #versions = new Map<string, Map<string, Row>>();

  constructor(isByCity: boolean) {
    this.#isByCity = isByCity;
  }

  write({ key, value }: Write, offset: number): void {
    if (value === undefined) {
      this.newest.delete(key);
      this.#versions.delete(key);
      return;
    }
    const json = valueText(value, offset);
    this.newest.set(key, json);
    if (value.time !== null) {
      // As in the JSON, with its escapes.
      const city = String(JSON.parse(`"${value.city}"`));
      const row = { key, time: Number(value.time), city, json };
      const place = this.#isByCity ? `${row.city} ${row.time}` : String(row.time);
      const versions = this.#versions.get(key) ?? new Map<string, Row>();
      this.#versions.set(key, versions.set(place, row));
    }
  }

  range(scope: string, from: number, to: number): string[] {
    const keys = this.#isByCity ? [...this.#versions.keys()] : [scope];
    return keys
      .flatMap((key) => [...(this.#versions.get(key)?.values() ?? [])])
      .filter(({ time }) => time >= from && time < to)
      .filter(({ city }) => !this.#isByCity || city === scope)
      .toSorted((one, other) =>
        one.time === other.time
          ? Buffer.compare(Buffer.from(one.key), Buffer.from(other.key))
          : one.time - other.time,
      )
      .map(({ json }) => json);
  }
}

const KEYS = ['a', 'a\0', 'a_0', 'b', '', 'é\n🚗'];
const CITIES = ['a', 'rome', 'rome\\u0000', '', 'zürich 🚗'];
const TIMES = ['-10', '-9.5', '-1', '-0', '0', '0.0', '2.5', '2.50', '9', '10', '1e1', '100'];

const writes: fc.Arbitrary<Write[]> = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    value: fc.option(
      fc.record({
        time: fc.option(fc.constantFrom(...TIMES), { freq: 12 }),
        city: fc.constantFrom(...CITIES),
      }),
      { nil: undefined, freq: 4 },
    ),
  }),
  { maxLength: 40 },
);
/** The new records of a step, the records that are sent again, and whether the process restarts. */
const steps = fc.array(
  fc.record({ ahead: fc.integer({ min: 1, max: 15 }), back: fc.nat(10), isRestart: fc.boolean() }),
  { maxLength: 12 },
);
const bounds = fc.tuple(
  fc.constantFrom(-100, -9.75, -9.5, -1, 0, 2.5, 10),
  fc.constantFrom(-9.5, 0, 0.5, 2.5, 10, 101),
);

async function expectEqual(
  partition: Partition,
  oracle: Oracle,
  scopes: readonly string[],
  bounds: readonly [number, number],
  pageItems: number,
): Promise<void> {
  for (const scope of scopes) {
    const expected = oracle.range(scope, ...bounds);
    expect(await partition.range(scope, bounds, pageItems, false)).toEqual(expected);
    expect(await partition.range(scope, bounds, pageItems, true)).toEqual(expected.toReversed());
  }
}

test.each([
  ['a range field', BY_KEY, KEYS],
  ['a range key', BY_CITY, ['a', 'rome', 'rome\0', '', 'zürich 🚗']],
] as const)(
  'M1, M2, M3: with %s every range is what an oracle says, whatever was written, removed and replayed',
  async (_name, topicArguments, scopes) => {
    await using root = await mkdtempDisposable(join(tmpdir(), 'mirror-ranges-'));
    await using partition = await Partition.open(root.path, topicArguments);
    await fc.assert(
      fc.asyncProperty(
        writes,
        steps,
        bounds,
        fc.integer({ min: 1, max: 40 }),
        async (list, batches, bounds, pageItems) => {
          const log = recordsOf(list);
          const oracle = new Oracle(topicArguments === BY_CITY);
          await partition.rebuild();
          let at = 0;
          for (const { ahead, back, isRestart } of batches) {
            if (isRestart) {
              partition.resume();
            }
            const to = Math.min(log.length, at + ahead);
            await partition.apply(log, Math.max(0, at - back), to);
            list.slice(at, to).forEach((write, index) => oracle.write(write, at + index));
            at = to;
            await expectEqual(partition, oracle, scopes, bounds, pageItems);
            expect(KEYS.map((key) => partition.newest(key))).toEqual(
              KEYS.map((key) => oracle.newest.get(key)),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  },
  300_000,
);

/** As many as the time of the suite allows. */
const LONG = 30_000;
const MANY_KEYS = 1_000;
const MANY_CITIES = 50;

/** The same numbers each time. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each([
  ['a range field', BY_KEY],
  ['a range key', BY_CITY],
] as const)(
  'I-R6, M3: with %s and many random upserts and deletes no range misses a row, also opened again and after a rebuild',
  async (_name, topicArguments) => {
    await using root = await mkdtempDisposable(join(tmpdir(), 'mirror-ranges-'));
    const random = sequence(7);
    const list = Array.from({ length: LONG }, (): Write => {
      const time = String(random(200) - 100);
      const isRemoved = random(10) === 0;
      const value = isRemoved ? undefined : { time, city: `c${random(MANY_CITIES)}` };
      return { key: `k${random(MANY_KEYS)}`, value };
    });
    const log = recordsOf(list);
    const oracle = new Oracle(topicArguments === BY_CITY);
    list.forEach((write, offset) => oracle.write(write, offset));
    const name = topicArguments === BY_CITY ? 'c' : 'k';
    const scopes = Array.from({ length: MANY_CITIES }, (_, at) => `${name}${at}`);
    for (const round of ['built', 'opened again', 'rebuilt']) {
      await using partition = await Partition.open(root.path, topicArguments);
      partition.resume();
      if (round !== 'opened again') {
        await partition.rebuild();
        for (let at = 0; at < log.length; at += 4_000) {
          await partition.apply(log, Math.max(0, at - 500), Math.min(log.length, at + 4_000));
        }
      }
      await expectEqual(partition, oracle, scopes, [-100, 100], 1_000);
      await expectEqual(partition, oracle, scopes, [-17, 42], 97);
      for (let key = 0; key < MANY_KEYS; key += 1) {
        expect(partition.newest(`k${key}`), round).toBe(oracle.newest.get(`k${key}`));
      }
    }
  },
  600_000,
);
