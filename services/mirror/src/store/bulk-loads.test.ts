import { expect, test } from 'vitest';

import { BulkLoads } from './bulk-loads.ts';
import type { BulkStorage, SettleTarget } from './bulk-storage.ts';
import { CorruptStoreError, type StoreOp } from './ports.ts';
import { pageKey, runHeadKey, runPrefix } from './store-key.ts';

/** Small enough that each call makes a run. */
const RUN_BYTES = 1;

/** Keys and values in memory, which a test can break. */
class MemoryStorage implements BulkStorage {
  readonly values = new Map<string, Buffer>();

  get = (key: Buffer): Buffer | undefined => this.values.get(key.toString('hex'));

  entries(gte: Buffer, lt: Buffer): Promise<[Buffer, Buffer][]> {
    const entries = [...this.values]
      .map(([key, value]): [Buffer, Buffer] => [Buffer.from(key, 'hex'), value])
      .filter(([key]) => key.compare(gte) >= 0 && key.compare(lt) < 0);
    return Promise.resolve(entries.toSorted(([a], [b]) => a.compare(b)));
  }

  async endKey(gte: Buffer, lt: Buffer, end: 'first' | 'last'): Promise<Buffer | undefined> {
    return (await this.entries(gte, lt)).at(end === 'first' ? 0 : -1)?.[0];
  }

  write: BulkStorage['write'] = (fill) => {
    fill({
      _put: (key, value) => void this.values.set(key.toString('hex'), Buffer.from(value)),
      _del: (key) => void this.values.delete(key.toString('hex')),
      _write: () => Promise.resolve(),
      _clear: () => {},
    });
    return Promise.resolve();
  };

  async clear(gte: Buffer, lt: Buffer): Promise<void> {
    for (const [key] of await this.entries(gte, lt)) {
      this.values.delete(key.toString('hex'));
    }
  }

  async runKeys(): Promise<number> {
    return (await this.entries(runPrefix(), Buffer.from([0xff]))).length;
  }
}

const put = (key: string, json = '1'): StoreOp => ({
  key: Buffer.from(key),
  record: { offset: 3n, timestamp: 4n, json: Buffer.from(json) },
});
const at = (nextOffset: bigint, generation = 1) => ({ generation, nextOffset, topicId: 'id' });

/** Takes all operations, and has nothing newer. */
const anyData: SettleTarget = {
  newer: (ops) => Promise.resolve(ops.map(() => 'nothing')),
  put: () => {},
  forgetRemoval: () => {},
};

/** Two complete runs of partition 0. */
async function loaded(storage: MemoryStorage): Promise<BulkLoads> {
  const loads = await BulkLoads.open(storage, RUN_BYTES);
  await loads.add(0, [put('a'), put('b')], at(2n));
  await loads.add(0, [put('c')], at(3n));
  expect(await loads.end(0, at(3n))).toBeUndefined();
  return loads;
}

const find = (loads: BulkLoads, key: string): string | undefined =>
  loads.find(0, 1, Buffer.from(key))?.record?.json.toString();

test('each run contains its position, and the load continues there', async () => {
  const storage = new MemoryStorage();
  const first = await BulkLoads.open(storage, RUN_BYTES);
  await first.add(0, [put('a')], at(1n));
  await first.add(0, [put('b')], at(2n));
  const again = await BulkLoads.open(storage, RUN_BYTES);
  expect(again.isLoading(0, 1)).toBe(true);
  expect(again.position(0)).toEqual(at(2n));
  await again.add(0, [put('c')], at(3n));
  await again.end(0, at(3n));
  expect(['a', 'b', 'c', 'd'].map((key) => find(again, key))).toEqual(['1', '1', '1', undefined]);
  expect(again.isLoading(0, 1)).toBe(false);
});

test('the last operation of a key counts, within a run and across runs', async () => {
  const loads = await BulkLoads.open(new MemoryStorage(), RUN_BYTES);
  await loads.add(0, [put('a', '1'), put('a', '2'), put('b', '1')], at(3n));
  await loads.add(0, [put('b', '2'), { key: Buffer.from('a'), record: undefined }], at(5n));
  await loads.end(0, at(5n));
  expect([find(loads, 'a'), find(loads, 'b')]).toEqual([undefined, '2']);
});

test('the number of unsettled operations is exact to a few pages, and 0 at the end', async () => {
  const storage = new MemoryStorage();
  const loads = await BulkLoads.open(storage, RUN_BYTES);
  expect(loads.unsettled(0)).toBe(0);
  const key = (at: number): string => String(at).padStart(6, '0');
  for (const run of [0, 1]) {
    const ops = Array.from({ length: 1_000 }, (_, at) => put(key(2 * at + run), 'x'.repeat(100)));
    await loads.add(0, ops, at(BigInt(run + 1)));
  }
  await loads.end(0, at(2n));
  expect([loads.unsettled(0), loads.unsettled(1)]).toEqual([2_000, 0]);
  let before = 2_000;
  while (await loads.settle(0, 1, anyData)) {
    const unsettled = loads.unsettled(0);
    expect(unsettled).toBeLessThanOrEqual(before);
    // A page of each run may be counted as a whole although a part of it was moved.
    const again = await BulkLoads.open(storage, RUN_BYTES);
    expect(again.unsettled(0)).toBe(unsettled);
    before = unsettled;
  }
  expect(loads.unsettled(0)).toBe(0);
});

test('a few operations become a usual write, not a run', async () => {
  const storage = new MemoryStorage();
  const loads = await BulkLoads.open(storage, 1_000_000);
  await loads.add(0, [put('b', '1'), put('a', '2'), put('b', '3')], at(3n));
  const operations = await loads.end(0, at(3n));
  expect(operations?.map(({ key, record }) => `${String(key)} ${String(record?.json)}`)).toEqual([
    'a 2',
    'b 3',
  ]);
  expect(await storage.runKeys()).toBe(0);
});

test('a changed or missing page is an error, never a missing key', async () => {
  const storage = new MemoryStorage();
  const loads = await loaded(storage);
  const page = pageKey(0, 0).toString('hex');
  const bytes = storage.values.get(page) ?? Buffer.alloc(0);
  for (let place = 0; place < bytes.length; place += 1) {
    const broken = Buffer.from(bytes);
    broken[place] = (broken[place] ?? 0) ^ 1;
    storage.values.set(page, broken);
    expect(() => find(loads, 'a')).toThrow(CorruptStoreError);
  }
  storage.values.delete(page);
  expect(() => find(loads, 'a')).toThrow(CorruptStoreError);
});

test('a store with a changed head of a run does not open', async () => {
  const storage = new MemoryStorage();
  await loaded(storage);
  const head = storage.get(runHeadKey(1));
  head?.writeUInt8(head.readUInt8(9) ^ 1, 9);
  await expect(BulkLoads.open(storage, RUN_BYTES)).rejects.toThrow(CorruptStoreError);
});

test('only runs of other generations are deleted, with their pages', async () => {
  const storage = new MemoryStorage();
  const loads = await loaded(storage);
  await loads.add(1, [put('x')], at(1n));
  await loads.end(1, at(1n));
  await loads.add(0, [put('n', '7')], at(1n, 2));
  await loads.end(0, at(1n, 2));
  await loads.clearOthers(0, 2, new AbortController().signal);
  const again = await BulkLoads.open(storage, RUN_BYTES);
  expect(again.find(0, 1, Buffer.from('a'))).toBeUndefined();
  expect(again.find(0, 2, Buffer.from('n'))?.record?.json.toString()).toBe('7');
  expect(again.find(1, 1, Buffer.from('x'))?.record?.json.toString()).toBe('1');
  // A page and a head of each.
  expect(await storage.runKeys()).toBe(4);
});

test('pages stay while a list reads them, and are deleted when all operations are moved', async () => {
  const storage = new MemoryStorage();
  const loads = await loaded(storage);
  const list = loads.cursor(0, 1, undefined);
  expect(await loads.settle(0, 1, anyData)).toBe(true);
  await loads.settle(0, 1, anyData);
  const keys: string[] = [];
  for (let op = list?.operations.next(); op !== undefined; op = list?.operations.next()) {
    keys.push(String(op.key));
  }
  expect(keys).toEqual(['a', 'b', 'c']);
  expect(await loads.settle(0, 1, anyData)).toBe(false);
  list?.done();
  // The pages of one run, then of the other, then the mark.
  expect(await loads.settle(0, 1, anyData)).toBe(true);
  expect(await loads.settle(0, 1, anyData)).toBe(true);
  expect(await loads.settle(0, 1, anyData)).toBe(false);
  expect(storage.values.size).toBe(1);
});

test('the next process deletes the rest of moved runs after a crash', async () => {
  const storage = new MemoryStorage();
  const loads = await loaded(storage);
  await loads.settle(0, 1, anyData);
  // The crash: the first run is deleted, and of the second only the head is left.
  await storage.clear(runPrefix(0), runPrefix(1));
  storage.values.delete(pageKey(1, 0).toString('hex'));
  const again = await BulkLoads.open(storage, RUN_BYTES);
  expect(again.isLoading(0, 1)).toBe(false);
  expect(find(again, 'c')).toBeUndefined();
  while (await again.settle(0, 1, anyData)) {
    expect(find(again, 'c')).toBeUndefined();
  }
  expect(await storage.runKeys()).toBe(0);
});
