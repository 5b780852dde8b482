import type { StoreOp, WritableStore } from '@quicksilver/mirror/store/ports';
import { describe, expect, test } from 'vitest';

export interface OpenedStore extends AsyncDisposable {
  readonly store: WritableStore;
}

const put = (key: string, value: string, offset = 0n): StoreOp => ({
  key: Buffer.from(key),
  record: { offset, timestamp: 7n, json: Buffer.from(value) },
});
const remove = (key: string): StoreOp => ({ key: Buffer.from(key), record: undefined });
const at = (nextOffset: bigint, generation = 1) => ({ generation, nextOffset, topicId: 'id-1' });

function valueOf(store: WritableStore, key: string, partition = 0, generation = 1) {
  return store.get(partition, generation, Buffer.from(key))?.json.toString();
}

async function keysOf(store: WritableStore, partition = 0, generation = 1): Promise<string[]> {
  const list = await store.list({ partition, generation, itemsMax: 1_000, bytesMax: 1e9 });
  return list.entries.map(({ key }) => key.toString());
}

/** What an applier and its readers need of a store. `open` opens an empty one of two partitions. */
export function registerStoreConformance(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the store port over ${name}`, () => {
    testWriting(open);
    testLoading(open);
    testLists(open);
  });
}

function testWriting(open: () => Promise<OpenedStore>): void {
  test('M1: a write sets the records of a partition and its position', async () => {
    await using opened = await open();
    const { store } = opened;
    expect([store.position(0), valueOf(store, 'b')]).toEqual([undefined, undefined]);
    await store.write(0, [put('a', '1', 4n), put('b', '2', 5n)], at(6n));
    expect([store.position(0), store.position(1)]).toEqual([at(6n), undefined]);
    const b = { offset: 5n, timestamp: 7n, json: Buffer.from('2') };
    expect(store.get(0, 1, Buffer.from('b'))).toEqual(b);
    expect(store.find(0, 1, Buffer.from('b'))).toEqual(b);
  });

  test('operations of one write are applied in order, so the last of a key counts', async () => {
    await using opened = await open();
    const { store } = opened;
    await store.write(0, [put('a', '1'), put('a', '2'), put('b', '3'), remove('b')], at(4n));
    expect(valueOf(store, 'a')).toBe('2');
    expect(valueOf(store, 'b')).toBeUndefined();
    await store.write(0, [remove('a'), remove('a'), put('a', '4')], at(7n));
    expect(valueOf(store, 'a')).toBe('4');
  });

  test('a new generation hides the records of the old one, which can then be cleared', async () => {
    await using opened = await open();
    const { store } = opened;
    await store.write(0, [put('a', '1'), put('b', '1')], at(2n));
    await store.write(1, [put('other', '1')], at(1n));
    await store.write(0, [], at(0n, 2));
    expect(await keysOf(store, 0, 2)).toEqual([]);
    await store.write(0, [put('new', '2')], at(1n, 2));
    await store.clearOtherGenerations(0, 2, new AbortController().signal);
    expect(await keysOf(store, 0, 1)).toEqual([]);
    expect(await keysOf(store, 0, 2)).toEqual(['new']);
    expect(await keysOf(store, 1)).toEqual(['other']);
  });
}

function testLoading(open: () => Promise<OpenedStore>): void {
  test('a load can be read once it has ended, and the last operation of a key counts', async () => {
    await using opened = await open();
    const { store } = opened;
    await store.write(0, [], at(0n));
    await store.load(0, [put('a', '1'), put('b', '1'), put('c', '1')], at(3n));
    await store.load(0, [put('b', '2'), remove('c')], at(5n));
    await store.endLoad(0, at(5n));
    expect(store.position(0)).toEqual(at(5n));
    expect(['a', 'b', 'c'].map((key) => valueOf(store, key))).toEqual(['1', '2', undefined]);
  });

  test('a write after a load replaces what was loaded, before and after it is settled', async () => {
    await using opened = await open();
    const { store } = opened;
    await store.write(0, [], at(0n));
    await store.load(0, [put('a', '1'), put('b', '1'), put('c', '1')], at(3n));
    await store.endLoad(0, at(3n));
    await store.write(0, [put('a', '2'), remove('b')], at(5n));
    const values = () => ['a', 'b', 'c'].map((key) => valueOf(store, key));
    expect(values()).toEqual(['2', undefined, '1']);
    while (await store.settle(0, 1)) {
      expect(values()).toEqual(['2', undefined, '1']);
    }
    expect(store.unsettled(0)).toBe(0);
    expect(values()).toEqual(['2', undefined, '1']);
  });
}

function testLists(open: () => Promise<OpenedStore>): void {
  test('a list is in key order, ends at its limits and continues after a key', async () => {
    await using opened = await open();
    const { store } = opened;
    await store.write(
      0,
      ['b', 'a', '', 'aa', 'c'].map((key) => put(key, `"${key}"`)),
      at(5n),
    );
    await store.write(1, [put('other', '1')], at(1n));
    expect(await keysOf(store)).toEqual(['', 'a', 'aa', 'b', 'c']);
    const from = { partition: 0, generation: 1, bytesMax: 1e9 };
    const page = await store.list({ ...from, after: Buffer.from('a'), itemsMax: 2 });
    expect(page.entries.map(({ key }) => key.toString())).toEqual(['aa', 'b']);
    expect(page.isComplete).toBe(false);
    const rest = await store.list({ ...from, after: Buffer.from('b'), itemsMax: 1 });
    expect(rest.isComplete).toBe(true);
    const small = await store.list({ partition: 0, generation: 1, itemsMax: 10, bytesMax: 1 });
    expect(small.entries).toHaveLength(1);
    expect(small.isComplete).toBe(false);
  });
}
