import { codecFor } from '@quicksilver/codec/codecs';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { FetchedPartition } from '@quicksilver/kafka/ports';
import { describe, expect, test } from 'vitest';

import { keyEncodingFor } from '../store/key-encoding.ts';
import type { PartitionPosition, StoreOp, WritableStore } from '../store/ports.ts';
import { Applier } from './applier.ts';
import type { ApplierOptions } from './applier-options.ts';

interface Fake {
  readonly isImmutable?: boolean;
  /** The JSON that the store has for a key. */
  readonly get?: (key: string) => string | undefined;
  readonly write?: (ops: readonly StoreOp[]) => Promise<void>;
  readonly readersOf?: ApplierOptions['readersOf'];
  readonly clear?: (generation: number, signal: AbortSignal) => Promise<void>;
  readonly envelope?: 'debezium';
}

function newApplier(waitersMax = 10, fake: Fake = {}, onTruncated = () => {}) {
  let position: PartitionPosition | undefined;
  const writes: number[] = [];
  const store: WritableStore = {
    get: (_partition, _generation, key) => {
      const json = fake.get?.(String(key));
      return json === undefined
        ? undefined
        : { offset: 0n, timestamp: 0n, json: Buffer.from(json) };
    },
    find: (...at) => store.get(...at),
    removedAt: () => undefined,
    placesOf: () => undefined,
    list: () => Promise.resolve({ entries: [], isComplete: true }),
    count: () => Promise.resolve({ count: 0, isExact: true }),
    openRange: () => {
      throw new Error('an applier reads no range');
    },
    position: () => position,
    write: async (_partition, ops, at) => {
      await fake.write?.(ops);
      writes.push(ops.length);
      position = at;
    },
    isLoading: () => false,
    load: async (partition, ops, at) => {
      await store.write(partition, ops, at);
      return true;
    },
    endLoad: (_partition, at) => {
      position = at;
      return Promise.resolve();
    },
    settle: () => Promise.resolve(false),
    unsettled: () => 0,
    clearOtherGenerations: (_partition, generation, signal) =>
      fake.clear?.(generation, signal) ?? Promise.resolve(),
    reopen: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const poisons: string[] = [];
  const applier = new Applier({
    partition: 2,
    store,
    types: {
      keyCodec: codecFor('STRING'),
      keyEncoding: keyEncodingFor('STRING'),
      valueCodec: codecFor('JSON'),
      isImmutable: fake.isImmutable === true,
      envelope: fake.envelope,
    },
    waitersMax,
    poisonEntriesMax: 10,
    readersOf: fake.readersOf,
    onApplied: () => {},
    onPoison: ({ offset }, { reason }) => poisons.push(`${offset} ${reason}`),
    onState: () => {},
    onRebuild: () => {},
    onTruncated,
    onCorrupt: () => {},
  });
  return { applier, writes, poisons };
}

function batch(from: number, count: number, end = from + count): FetchedPartition {
  const records = Array.from({ length: count }, (_, index) => ({
    offset: BigInt(from + index),
    timestamp: 0n,
    key: Buffer.from(`k${from + index}`),
    value: Buffer.from('1'),
  }));
  return {
    topic: 't',
    partition: 2,
    records,
    nextOffset: BigInt(from + count),
    endOffset: BigInt(end),
    highWatermark: BigInt(end),
    logStartOffset: 0n,
  };
}

test('a partition serves once it has applied the records from before its session and those that arrived meanwhile', async () => {
  const { applier } = newApplier();
  await applier.rebuild('id', 0n, 10n);
  expect(applier.state).toBe('restoring');
  await applier.apply(batch(0, 10, 15));
  expect(applier.state).toBe('restoring');
  // The end keeps moving. The second target counts.
  await applier.apply(batch(10, 5, 40));
  expect(applier.state).toBe('serving');
});

test('a partition that resumes at the end serves at once', () => {
  const { applier } = newApplier();
  applier.resume({ generation: 3, nextOffset: 7n, topicId: 'id' }, 7n);
  expect(applier.state).toBe('serving');
});

test('an empty topic serves at once', async () => {
  const { applier } = newApplier();
  await applier.rebuild('id', 0n, 0n);
  expect(applier.state).toBe('serving');
});

test('a session that restarts at the stored position keeps serving', () => {
  const { applier } = newApplier();
  const position = { generation: 1, nextOffset: 7n, topicId: 'id' };
  applier.resume(position, 7n);
  applier.resume(position, 20n);
  expect(applier.state).toBe('serving');
});

test('a rebuild stops responses at once and begins another generation', async () => {
  const { applier } = newApplier();
  await applier.rebuild('one', 0n, 0n);
  const first = applier.generation;
  const rebuilt = applier.rebuild('two', 5n, 9n);
  expect(applier.state).toBe('restoring');
  await rebuilt;
  expect(applier).toMatchObject({ generation: first + 1, nextOffset: 5n, topicId: 'two' });
});

test('a large batch becomes several writes, each with its position', async () => {
  const { applier, writes } = newApplier();
  await applier.rebuild('id', 0n, 2_500n);
  await applier.apply(batch(0, 2_500));
  expect(writes).toEqual([0, 1_000, 1_000, 500]);
  expect(applier.nextOffset).toBe(2_500n);
});

test('a batch without records still moves the position past the gap', async () => {
  const { applier } = newApplier();
  await applier.rebuild('id', 0n, 1_000_000_000n);
  await applier.apply({ ...batch(0, 0), nextOffset: 1_000_000_000n, endOffset: 1_000_000_000n });
  expect(applier).toMatchObject({ nextOffset: 1_000_000_000n, state: 'serving' });
});

test('an unknown end does not change the last one', async () => {
  const { applier } = newApplier();
  await applier.rebuild('id', 0n, 5n);
  await applier.apply({ ...batch(0, 2), endOffset: -1n });
  expect(applier).toMatchObject({ endOffset: 5n, state: 'restoring' });
});

test('poison is reported and skipped, also as the first and the last record', async () => {
  const { applier, poisons } = newApplier();
  await applier.rebuild('id', 0n, 3n);
  const good = batch(0, 3);
  const broken = good.records.map((record, index) =>
    index === 1 ? record : { ...record, value: Buffer.from('{') },
  );
  await applier.apply({ ...good, records: broken });
  expect(poisons).toEqual(['0 BAD_VALUE', '2 BAD_VALUE']);
  expect(applier).toMatchObject({ nextOffset: 3n, poison: { count: 2 }, state: 'serving' });
});

test('M4: a reader that waits for an offset continues when it is applied', async () => {
  const { applier } = newApplier();
  await applier.rebuild('id', 0n, 1n);
  const reached = applier.waitFor(1n, 10_000);
  await applier.apply(batch(0, 2));
  expect(await reached).toBe(true);
  expect(await applier.waitFor(1n, 0)).toBe(true);
});

test('a reader waits no longer than its limit, and not through a rebuild', async () => {
  const { applier } = newApplier();
  await applier.rebuild('id', 0n, 1n);
  expect(await applier.waitFor(5n, 1)).toBe(false);
  const waiting = applier.waitFor(5n, 10_000);
  await applier.rebuild('other', 0n, 1n);
  expect(await waiting).toBe(false);
});

test('the number of waiting readers is bounded', async () => {
  const { applier } = newApplier(1);
  await applier.rebuild('id', 0n, 1n);
  const waiting = applier.waitFor(5n, 10_000);
  expect(() => applier.waitFor(5n, 10_000)).toThrow('wait for positions');
  applier.close();
  expect(await waiting).toBe(false);
});

test('I-W5: if one large batch has several records of a key, the first counts, also across writes', async () => {
  const store = new Map<string, string>();
  const { applier } = newApplier(10, {
    isImmutable: true,
    get: (key) => store.get(key),
    write: async (ops) => {
      // Slower than the read of the next slice.
      await new Promise((resolve) => setImmediate(resolve));
      for (const { key, record } of ops) {
        expect(store.has(String(key))).toBe(false);
        store.set(String(key), String(record?.json));
      }
    },
  });
  await applier.rebuild('id', 0n, 3_500n);
  const { records, ...rest } = batch(0, 3_500);
  const keyOf = (at: number): string => `k${at % 1_300}`;
  await applier.apply({
    ...rest,
    records: records.map((record, at) => ({
      ...record,
      key: Buffer.from(keyOf(at)),
      value: Buffer.from(String(at)),
    })),
  });
  expect(store).toEqual(new Map(Array.from({ length: 1_300 }, (_, at) => [keyOf(at), String(at)])));
});

test('a tombstone in an immutable topic is listed and removes nothing', async () => {
  const { applier, writes, poisons } = newApplier(10, { isImmutable: true });
  await applier.rebuild('id', 0n, 2n);
  const { records, ...rest } = batch(0, 2);
  await applier.apply({ ...rest, records: records.map((record) => ({ ...record, value: null })) });
  expect(writes).toEqual([0, 0]);
  expect(poisons).toEqual(['0 IMMUTABLE_DELETE', '1 IMMUTABLE_DELETE']);
  expect(applier.nextOffset).toBe(2n);
});

test('F21: records whose schemas cannot be fetched change nothing and are all applied later', async () => {
  let isAway = true;
  const { applier, writes, poisons } = newApplier(10, {
    readersOf: async (records) => {
      if (isAway) {
        throw new AppError('REGISTRY_UNAVAILABLE', 'away');
      }
      expect(records).toHaveLength(10);
      return { valueCodec: { toJson: () => Buffer.from('2') } };
    },
  });
  await applier.rebuild('id', 0n, 10n);
  await expect(applier.apply(batch(0, 10))).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  expect([applier.nextOffset, applier.state]).toEqual([0n, 'restoring']);
  isAway = false;
  await applier.apply(batch(0, 10));
  expect([applier.nextOffset, applier.state, writes.at(-1)]).toEqual([10n, 'serving', 10]);
  expect(poisons).toEqual([]);
});

describe('while the data of ended generations is deleted', () => {
  const change = (offset: number, op: 't' | 'c'): FetchedPartition => {
    const fetched = batch(offset, 1);
    const value = Buffer.from(JSON.stringify({ op, after: { x: 1 } }));
    const key = op === 't' ? null : Buffer.from('{"id":"a"}');
    return { ...fetched, records: fetched.records.map((record) => ({ ...record, key, value })) };
  };
  /** A deletion that ends only when it is aborted, as one of many records does. */
  function clearing() {
    const steps: string[] = [];
    const started = Promise.withResolvers<void>();
    const { applier } = newApplier(10, {
      envelope: 'debezium',
      write: async () => {
        steps.push('write');
      },
      clear: (generation, signal) => {
        steps.push(`clear all but ${generation}`);
        started.resolve();
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            steps.push('end');
            resolve();
          });
        });
      },
    });
    return { applier, steps, started: started.promise };
  }

  test.each<[string, (applier: Applier) => Promise<void>]>([
    ['a truncation', (applier) => applier.apply(change(1, 't'))],
    ['a rebuild', (applier) => applier.rebuild('id', 1n, 1n)],
  ])(
    '%s ends the deletion first, because it does not keep the new generation',
    async (_, begin) => {
      const { applier, steps, started } = clearing();
      await applier.rebuild('id', 0n, 1n);
      await applier.apply(change(0, 'c'));
      const { generation } = applier;
      const { signal } = new AbortController();
      const cleared = applier.clearOtherGenerations(signal);
      await started;
      steps.length = 0;
      await begin(applier);
      await cleared;
      expect(steps).toEqual(['end', 'write']);
      expect(applier.generation).toBe(generation + 1);
    },
  );
});

test('a truncation begins an empty generation in one write, and the partition goes on serving', async () => {
  const truncations: number[] = [];
  const { applier, writes } = newApplier(10, { envelope: 'debezium' }, () => truncations.push(1));
  const records = ['c', 'c', 't', 'c'].map((op, at) => ({
    offset: BigInt(at),
    timestamp: 0n,
    key: op === 't' ? null : Buffer.from(`{"id":"${at}"}`),
    value: Buffer.from(JSON.stringify({ op, after: { at } })),
  }));
  await applier.rebuild('id', 0n, 0n);
  await applier.apply({ ...batch(0, 4), records });
  expect(applier).toMatchObject({ state: 'serving', generation: 2, nextOffset: 4n });
  // The rebuild, the truncation with the records before it, and the record after it.
  expect(writes).toEqual([0, 0, 1]);
  expect(truncations).toHaveLength(1);
});
