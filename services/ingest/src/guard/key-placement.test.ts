import { AppError } from '@quicksilver/common/errors/app-error';
import type { KeyPlace, PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import { expect, test } from 'vitest';

import type { PlacedRecord, WriteOutcome } from '../produce/write.ts';
import { KeyPlacement } from './key-placement.ts';
import { MixedPlacement } from './mixed-placement.ts';

const TARGET = {
  entry: { name: 't', keyType: 'STRING', valueType: 'JSON', writeType: 'MUTABLE', partitions: 3 },
  topicId: 'id',
  isGrown: false,
} as const;
const SILENT = new AppError('MIRROR_UNAVAILABLE', 'It is away.');

const record = (key: string, value: string | null = 'v'): PlacedRecord => ({
  partition: 0,
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
});
const place = (partition: number, timestamp = 1, isRemoval = false): KeyPlace => ({
  partition,
  offset: 7n,
  timestamp,
  isRemoval,
});

/** Kafka that acknowledges everything, and a mirror of a topic. */
class World {
  isMixed: boolean | AppError = true;
  places: Readonly<Record<string, PlacesEntry>> = {};
  /** What was sent, as `key@partition`. */
  readonly sent: string[] = [];
  readonly lookups: string[] = [];
  readonly placement = new KeyPlacement({
    submit: (_topic, records, _arrivedMs, done) => {
      this.sent.push(...records.map(({ key, partition }) => `${String(key)}@${partition}`));
      done(records.map(({ partition }, at) => ({ ok: true, partition, offset: BigInt(at) })));
    },
    askMixed: () => {
      this.lookups.push('mixed');
      const { isMixed } = this;
      return isMixed instanceof AppError ? Promise.reject(isMixed) : Promise.resolve(isMixed);
    },
    askPlaces: (_topic, keys) => {
      this.lookups.push(keys.join(' '));
      return Promise.resolve(keys.map((key) => this.places[String(JSON.parse(key))] ?? []));
    },
    deadlineMs: 1_000,
    recordsMax: 10,
  });

  write(...records: PlacedRecord[]): Promise<readonly WriteOutcome[]> {
    return new Promise((resolve) => {
      this.placement.submit(TARGET, records, performance.now(), resolve);
    });
  }
}

test('records of a topic that is not mixed pass at once, and its mirror is not asked for each', async () => {
  const world = new World();
  world.isMixed = false;
  await world.write(record('a'));
  for (let count = 0; count < 100; count += 1) {
    let isDone = false;
    world.placement.submit(TARGET, [record('b')], performance.now(), () => (isDone = true));
    expect(isDone).toBe(true);
  }
  expect(world.sent).toHaveLength(101);
  expect(new Set(world.lookups)).toEqual(new Set(['mixed']));
  expect(world.lookups.length).toBeLessThan(10);
});

test('a key goes to its partition, a new key stays, and waiting requests are looked up together and sent in order', async () => {
  const world = new World();
  world.places = { here: [place(2)], removed: [place(1, 5, true), place(2)] };
  const first = world.write(record('new'), record('here'));
  const second = world.write(record('here'), record('removed'));
  await Promise.all([first, second]);
  expect(world.sent).toEqual(['new@0', 'here@2', 'here@2', 'removed@1']);
  expect(world.lookups.filter((lookup) => lookup !== 'mixed')).toEqual(['"new" "here" "removed"']);
});

test('a removal goes to every partition that has a value, and its outcome names them all', async () => {
  const world = new World();
  world.places = { a: [place(2, 9), place(1, 8, true), place(0, 7)], gone: [place(1, 5, true)] };
  const outcomes = await world.write(record('a', null), record('gone', null), record('b', null));
  expect(world.sent).toEqual(['a@2', 'a@0', 'gone@1', 'b@0']);
  expect(outcomes).toMatchObject([
    { ok: true, partition: 2, also: [{ partition: 0, offset: 1n }] },
    { ok: true, partition: 1 },
    { ok: true, partition: 0 },
  ]);
});

test('if the mirror cannot locate a key, a value is still written, and a removal is rejected', async () => {
  const world = new World();
  world.places = { a: SILENT };
  expect(await world.write(record('a'))).toMatchObject([{ ok: true, partition: 0 }]);
  const [refused, other] = await world.write(record('a', null), record('b', null));
  expect(refused).toMatchObject({ outcome: 'not_written', code: 'MIRROR_UNAVAILABLE' });
  expect(other).toMatchObject({ ok: true });
  expect(world.sent).toEqual(['a@0', 'b@0']);
});

test('a topic whose mirror does not answer counts as it was', async () => {
  const world = new World();
  world.isMixed = SILENT;
  world.places = { a: [place(2)] };
  await world.write(record('a'));
  expect(world.sent).toEqual(['a@0']);
});

test('more than may wait for their places is refused, and nothing of it is sent', async () => {
  const world = new World();
  const first = world.write(record('a'));
  const many = Array.from({ length: 10 }, (_, at) => record(String(at)));
  expect(() => world.placement.submit(TARGET, many, performance.now(), () => {})).toThrow(
    '1 records wait for the places of their keys',
  );
  await first;
  expect(world.sent).toEqual(['a@0']);
});

test('a topic that Kafka says has grown is looked up before its mirror knows it', async () => {
  const world = new World();
  world.isMixed = false;
  world.places = { a: [place(2)] };
  const { entry } = TARGET;
  const grown = { ...TARGET, entry: { ...entry, partitions: 6 } };
  await world.write(record('a'));
  for (const target of [{ ...TARGET, isGrown: true }, grown]) {
    await new Promise((resolve) => {
      world.placement.submit(target, [record('a')], performance.now(), resolve);
    });
  }
  expect(world.sent).toEqual(['a@0', 'a@2', 'a@2']);
});

test('a value of a key that several partitions have is newer than all of them, whatever their clocks say', () => {
  let nowMs = 100;
  const placement = new MixedPlacement(() => nowMs);
  const timeOf = (places: PlacesEntry, value: string | null = 'v'): unknown => {
    const placed = placement.place(record('a', value), places, 't');
    return 'ok' in placed ? placed : placed.map(({ timestamp }) => timestamp);
  };
  expect(timeOf([place(2, 500)])).toEqual([undefined]);
  expect(timeOf([place(2, 500), place(1, 400)])).toEqual([401n]);
  expect(timeOf([place(2, 90), place(1, 80)])).toEqual([100n]);
  nowMs = 700;
  expect(timeOf([place(2, 500), place(1, 400)], null)).toEqual([700n, 700n]);
  // In the same millisecond, before the mirror has applied the removals.
  expect(timeOf([place(2, 500), place(1, 400)])).toEqual([701n]);
});
