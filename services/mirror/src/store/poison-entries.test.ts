import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { LevelStore } from './level-store.ts';
import { openTopicStore } from './open-topic-store.ts';
import type { PartitionPosition, PoisonRecord, PoisonRecords, StoreOp } from './ports.ts';

const newRoot = () => mkdtempDisposable(join(tmpdir(), 'mirror-store-'));

interface Opened extends AsyncDisposable {
  readonly store: LevelStore;
}

async function openIn(root: string): Promise<Opened> {
  const identity = {
    topic: 'prices',
    partitions: 3,
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
  } as const;
  const { store } = await openTopicStore({ root, identity, cacheBytes: 4_194_304, runBytes: 1 });
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

const record = (index: number, isNewest = true): PoisonRecord => ({
  index,
  offset: BigInt(index) * 10n,
  timestamp: -1n,
  reason: 'BAD_VALUE',
  detail: 'no JSON',
  key: Buffer.from(`k${index}`),
  value: index === 0 ? null : Buffer.from([0xff]),
  isNewest,
  isInRange: true,
});

function at(nextOffset: bigint, poison: PoisonRecords | undefined, generation = 1) {
  const position: PartitionPosition = { generation, nextOffset, topicId: 'id-1' };
  return poison === undefined ? position : { ...position, poison };
}

const put = (key: string): StoreOp => ({
  key: Buffer.from(key),
  record: { offset: 0n, timestamp: 0n, json: Buffer.from('1') },
});

test('a position is stored with its poison records: those that are added, changed and dropped', async () => {
  await using root = await newRoot();
  const first = { count: 2, list: [record(0), record(1)] };
  const second = { count: 4, list: [record(1, false), record(2), record(3)] };
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [put('a')], at(20n, first));
    await opened.store.write(1, [], at(1n, undefined));
    expect(opened.store.position(0)).toEqual(at(20n, first));
    await opened.store.reopen({ discard: false });
    expect(opened.store.position(0)).toEqual(at(20n, first));
    await opened.store.write(0, [put('b')], at(40n, second));
  }
  await using again = await openIn(root.path);
  expect(again.store.position(0)).toEqual(at(40n, second));
  expect(again.store.position(1)).toEqual(at(1n, undefined));
});

test('a load stores poison records with its runs, and a crash keeps those of the last run', async () => {
  await using root = await newRoot();
  const first = { count: 1, list: [record(0)] };
  const second = { count: 2, list: [record(0), record(1)] };
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [], at(0n, undefined));
    await opened.store.load(0, [put('a')], at(10n, first));
    await opened.store.load(0, [put('b')], at(20n, second));
    // The next records are in no run yet when the process ends.
    await opened.store.load(0, [], at(30n, { count: 3, list: [...second.list, record(2)] }));
  }
  {
    await using again = await openIn(root.path);
    expect(again.store.position(0)).toEqual(at(20n, second));
    await again.store.endLoad(0, at(30n, { count: 3, list: [...second.list, record(2)] }));
  }
  await using last = await openIn(root.path);
  expect(last.store.position(0)?.poison?.count).toBe(3);
  expect(last.store.position(0)?.poison?.list).toHaveLength(3);
});

test('a new generation has no poison records of the one before', async () => {
  await using root = await newRoot();
  {
    await using opened = await openIn(root.path);
    await opened.store.write(0, [], at(20n, { count: 1, list: [record(0)] }));
    await opened.store.write(0, [], at(0n, undefined, 2));
    await opened.store.clearOtherGenerations(0, 2, new AbortController().signal);
    await opened.store.write(0, [], at(5n, { count: 1, list: [record(0, false)] }, 2));
  }
  await using again = await openIn(root.path);
  expect(again.store.position(0)).toEqual(at(5n, { count: 1, list: [record(0, false)] }, 2));
});
