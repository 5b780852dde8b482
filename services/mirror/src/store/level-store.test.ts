import { mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Deadline } from '@quicksilver/common/flow/deadline';
import { registerStoreConformance } from '@quicksilver/testkit/store/store-conformance';
import { expect, test } from 'vitest';

import type { LevelStore } from './level-store.ts';
import {
  DirectoryInUseError,
  openTopicStore,
  storeDirectory,
  type OpenedStore,
} from './open-topic-store.ts';
import { CorruptStoreError, type StoreIdentity, type StoreOp } from './ports.ts';
import { printIdentity } from './store-identity.ts';

const IDENTITY: StoreIdentity = {
  topic: 'prices',
  partitions: 3,
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'MUTABLE',
};
const CACHE_BYTES = 4_194_304;

interface Opened extends AsyncDisposable, OpenedStore {
  readonly root: string;
}

async function openIn(root: string, changes: Partial<StoreIdentity> = {}): Promise<Opened> {
  const identity = { ...IDENTITY, ...changes };
  const result = await openTopicStore({ root, identity, cacheBytes: CACHE_BYTES });
  return { ...result, root, [Symbol.asyncDispose]: () => result.store.close() };
}

const newRoot = () => mkdtempDisposable(join(tmpdir(), 'mirror-store-'));

const put = (key: string, value: string, offset = 0n): StoreOp => ({
  key: Buffer.from(key),
  record: { offset, timestamp: 7n, json: Buffer.from(value) },
});
const remove = (key: string): StoreOp => ({ key: Buffer.from(key), record: undefined });
const at = (nextOffset: bigint, generation = 1) => ({ generation, nextOffset, topicId: 'id-1' });

function valueOf(store: LevelStore, partition: number, key: string, generation = 1) {
  return store.get(partition, generation, Buffer.from(key))?.json.toString();
}

async function keysOf(store: LevelStore, partition: number, generation = 1): Promise<string[]> {
  const list = await store.list({ partition, generation, itemsMax: 1_000, bytesMax: 1e9 });
  return list.entries.map(({ key }) => key.toString());
}

registerStoreConformance('LevelDB', async () => {
  const root = await newRoot();
  const { store } = await openIn(root.path);
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await root[Symbol.asyncDispose]();
    },
  };
});

test('keys and versions of a generation are counted, and estimated after the deadline', async () => {
  await using root = await newRoot();
  await using opened = await openIn(root.path);
  const { store } = opened;
  const ops = Array.from({ length: 2_500 }, (_, number) => put(`k${number}`, '1', BigInt(number)));
  await store.write(0, ops, at(2_500n));
  await store.write(0, [remove('k7')], at(2_501n));
  await store.write(1, [put('other', '1')], at(1n));
  const place = { partition: 0, generation: 1, deadline: Deadline.in(60_000) };
  expect(await store.count({ ...place, index: 'keys' })).toEqual({ count: 2_499, isExact: true });
  expect(await store.count({ ...place, index: 'versions' })).toEqual({ count: 0, isExact: true });
  // Nothing is on disk before a reopen.
  const late = { ...place, index: 'keys', deadline: new Deadline(0) } as const;
  expect(await store.count(late)).toEqual({ count: 1_000, isExact: false });
  await store.reopen({ discard: false });
  const { count, isExact } = await store.count(late);
  expect(isExact).toBe(false);
  expect(count).toBeGreaterThanOrEqual(1_000);
  expect(count).toBeLessThan(10_000);
});

test('M1: the data and its position are written as one, also after a reopen', async () => {
  await using root = await newRoot();
  {
    await using opened = await openIn(root.path);
    const { store } = opened;
    expect(store.position(0)).toBeUndefined();
    await store.write(0, [put('a', '1', 4n), put('b', '2', 5n)], at(6n));
    await store.reopen({ discard: false });
    expect(valueOf(store, 0, 'a')).toBe('1');
  }
  await using again = await openIn(root.path);
  expect(again.discarded).toBeUndefined();
  expect(again.store.position(0)).toEqual(at(6n));
  expect(again.store.get(0, 1, Buffer.from('b'))).toEqual({
    offset: 5n,
    timestamp: 7n,
    json: Buffer.from('2'),
  });
});

test('data of an old generation is cleared in bounded steps', async () => {
  await using root = await newRoot();
  await using opened = await openIn(root.path);
  const { store } = opened;
  const many = Array.from({ length: 25_000 }, (_, index) => put(`k${index}`, '1'));
  await store.write(0, many, at(25_000n));
  await store.write(1, [put('kept', '1')], at(1n));
  await store.write(0, [], at(0n, 2));
  expect(await keysOf(store, 0, 2)).toEqual([]);
  await store.write(0, [put('new', '2')], at(1n, 2));
  await store.clearOtherGenerations(0, 2, new AbortController().signal);
  expect(await keysOf(store, 0, 1)).toEqual([]);
  expect(await keysOf(store, 0, 2)).toEqual(['new']);
  expect(await keysOf(store, 1)).toEqual(['kept']);
});

test('a value that is larger than any buffer is returned whole', async () => {
  await using root = await newRoot();
  await using opened = await openIn(root.path);
  const large = JSON.stringify('x'.repeat(3_000_000));
  await opened.store.write(0, [put('small', '1'), put('large', large)], at(2n));
  expect(valueOf(opened.store, 0, 'large')).toBe(large);
  expect(valueOf(opened.store, 0, 'small')).toBe('1');
});

test('a second process cannot open a directory in use, and the first one continues', async () => {
  await using root = await newRoot();
  await using opened = await openIn(root.path);
  await opened.store.write(0, [put('a', '1')], at(1n));
  const second = openTopicStore({ root: root.path, identity: IDENTITY, cacheBytes: CACHE_BYTES });
  await expect(second).rejects.toThrow(DirectoryInUseError);
  expect(valueOf(opened.store, 0, 'a')).toBe('1');
});

test('M7: a store keeps its data and its number of partitions if it is opened with another number', async () => {
  await using root = await newRoot();
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [put('a', '1')], at(1n));
    await opened.store.setIdentity(printIdentity({ ...IDENTITY, partitions: 9 }));
  }
  await using again = await openIn(root.path, { partitions: 4 });
  expect(again.discarded).toBeUndefined();
  expect(again.partitions).toBe(9);
  expect(valueOf(again.store, 0, 'a')).toBe('1');
});

test('a store with other types is rebuilt and not served', async () => {
  await using root = await newRoot();
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [put('a', '1')], at(1n));
  }
  await using other = await openIn(root.path, { keyType: 'LONG' });
  expect(other.discarded).toBeDefined();
  expect(other.store.position(0)).toBeUndefined();
});

test('a directory of another topic under this name is rebuilt and not served', async () => {
  await using root = await newRoot();
  const { rename } = await import('node:fs/promises');
  {
    await using opened = await openIn(root.path, { topic: 'other' });
    await opened.store.write(0, [put('a', '1')], at(1n));
  }
  await rename(storeDirectory(root.path, 'other'), storeDirectory(root.path, 'prices'));
  await using reopening = await openIn(root.path);
  expect(reopening.discarded).toContain('topic');
  expect(reopening.store.position(0)).toBeUndefined();
});

test('a directory that LevelDB cannot open is set aside, and the store starts empty', async () => {
  await using root = await newRoot();
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [put('a', '1')], at(1n));
  }
  const directory = storeDirectory(root.path, 'prices');
  await writeFile(join(directory, 'CURRENT'), 'MANIFEST-999999\n');
  await using reopening = await openIn(root.path);
  expect(reopening.discarded).toBeDefined();
  expect(reopening.store.position(0)).toBeUndefined();
  expect(await readdir(root.path)).toContain(`${directory.split('/').at(-1)}.corrupt`);
});

test('a value whose bytes changed on the disk is never returned', async () => {
  await using root = await newRoot();
  const value = JSON.stringify('a value that is easy to find on the disk');
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [put('a', value)], at(1n));
    // After a reopen LevelDB moves its log into a table, which it reads without verifying
    // checksums.
    await opened.store.reopen({ discard: false });
  }
  const directory = storeDirectory(root.path, 'prices');
  for (const file of await readdir(directory)) {
    const path = join(directory, file);
    const bytes = await readFile(path);
    const place = bytes.indexOf('easy to find');
    if (place !== -1) {
      bytes[place] = 'E'.charCodeAt(0);
      await writeFile(path, bytes);
    }
  }
  await using opened = await openIn(root.path);
  const read = (): unknown => valueOf(opened.store, 0, 'a');
  // If LevelDB itself detected the error, the value is missing or the store was set aside.
  const outcome = opened.store.position(0) === undefined ? undefined : attempt(read);
  expect([undefined, CorruptStoreError]).toContain(outcome);
});

test('a store that is set aside while it is open starts empty', async () => {
  await using root = await newRoot();
  await using opened = await openIn(root.path);
  await opened.store.write(0, [put('a', '1')], at(1n));
  await opened.store.reopen({ discard: true });
  expect(opened.store.position(0)).toBeUndefined();
  await opened.store.write(0, [put('b', '2')], at(1n));
  expect(valueOf(opened.store, 0, 'b')).toBe('2');
});

test('directories are named by a hash and closed to other users', async () => {
  await using root = await newRoot();
  await using opened = await openIn(root.path, { topic: '..' });
  const [name] = await readdir(opened.root);
  expect(name).toMatch(/^[0-9a-f]{16}$/);
  expect((await stat(join(opened.root, name ?? ''))).mode & 0o077).toBe(0);
});

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error instanceof Error ? error.constructor : error;
  }
}

test('F23: the notes of schemas stay in the store with its data, up to a limit', async () => {
  await using root = await newRoot();
  const note = { topicId: 'id-1', fingerprint: 'ab' };
  {
    await using opened = await openIn(root.path);
    const { store } = opened;
    expect(store.schemaNote(7)).toBeUndefined();
    await store.noteSchema(7, { ...note, fingerprint: 'older' });
    await store.noteSchema(7, note);
    await store.write(0, [put('a', '1')], at(1n, 2));
    await store.clearOtherGenerations(0, 2, new AbortController().signal);
  }
  await using again = await openIn(root.path);
  const { store } = again;
  expect(again.discarded).toBeUndefined();
  expect([store.schemaNote(7), valueOf(store, 0, 'a', 2)]).toEqual([note, '1']);
  await Promise.all(Array.from({ length: 999 }, (_, at) => store.noteSchema(1_000 + at, note)));
  expect(store.schemaNote(7)).toEqual(note);
  await store.noteSchema(3_000, note);
  expect([7, 1_000, 3_000].map((id) => store.schemaNote(id))).toEqual([undefined, note, note]);
  expect(valueOf(store, 0, 'a', 2)).toBe('1');
});

test('writes after a load stay, also if many are between two loaded keys', async () => {
  await using root = await newRoot();
  const identity = IDENTITY;
  const { store } = await openTopicStore({
    root: root.path,
    identity,
    cacheBytes: CACHE_BYTES,
    runBytes: 1,
  });
  try {
    await store.write(0, [], at(0n));
    await store.load(0, [put('a', '1'), put('b', '1'), put('y', '1'), put('z', '1')], at(4n));
    await store.endLoad(0, at(4n));
    const between = Array.from({ length: 6_000 }, (_none, index) => put(`m${index}`, '2'));
    await store.write(0, [put('a', '2'), ...between, put('y', '2'), remove('z')], at(6_007n));
    while (await store.settle(0, 1)) {
      expect(['a', 'b', 'm5999', 'y', 'z'].map((key) => valueOf(store, 0, key))).toEqual([
        ...['2', '1', '2', '2', undefined],
      ]);
    }
    expect(['a', 'b', 'y', 'z'].map((key) => valueOf(store, 0, key))).toEqual([
      '2',
      '1',
      '2',
      undefined,
    ]);
  } finally {
    await store.close();
  }
});
