import { codecFor } from '@quicksilver/codec/codecs';
import { expect, test } from 'vitest';

import type { PartitionView } from '../apply/partition-state.ts';
import { PoisonLog } from '../apply/poison-log.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import { CorruptStoreError, type ReadonlyStore } from '../store/ports.ts';
import { HOME_PLACEMENT } from './key-placement.ts';
import { QueryService } from './query-service.ts';
import type { TopicView } from './topic-view.ts';
import { ValueCache } from './value-cache.ts';

function partition(changes: Partial<PartitionView> = {}): PartitionView {
  return {
    partition: 0,
    state: 'serving',
    detail: undefined,
    generation: 1,
    nextOffset: 10n,
    endOffset: 10n,
    stableOffset: 10n,
    topicId: 'id',
    poison: new PoisonLog({ entriesMax: 0, encodeKey: () => undefined }),
    atEndMs: performance.now(),
    waitFor: (offset) => Promise.resolve(offset < 10n),
    reportCorrupt: () => {},
    ...changes,
  };
}

function viewOn(get: ReadonlyStore['get']): TopicView {
  return {
    topic: 't',
    partitions: 1,
    keyCodec: codecFor('STRING'),
    keyEncoding: keyEncodingFor('STRING'),
    isImmutable: false,
    placement: HOME_PLACEMENT,
    store: {
      get,
      find: get,
      removedAt: () => undefined,
      placesOf: () => undefined,
      list: () => Promise.reject(new Error('closed')),
      openRange: () => {
        throw new Error('closed');
      },
      count: () => Promise.reject(new Error('closed')),
      position: () => undefined,
    },
    cache: new ValueCache({ bytesMax: 10_000, isText: true }),
    partitionOf: () => 0,
    owned: () => undefined,
    listOwned: () => [],
  };
}

const nothing = viewOn(() => undefined);
const one = viewOn(() => ({ offset: 0n, timestamp: 0n, json: Buffer.from('1') }));
const KEY = Buffer.from('k');
const queries = new QueryService({ waitMaxMs: 5, stalenessMaxMs: 0, absenceAgeMaxMs: 5_000 });

test('I-R4: only a serving partition reports that a key does not exist', () => {
  expect(queries.get(nothing, partition(), KEY)).toMatchObject({ reason: 'not-found' });
  const stalled = partition({ state: 'stalled', detail: 'the registry does not answer' });
  expect(queries.get(one, stalled, KEY)).toMatchObject({ ok: true });
  expect(queries.get(nothing, stalled, KEY)).toMatchObject({
    reason: 'stale',
    detail: expect.stringContaining('the registry does not answer'),
  });
  for (const state of ['starting', 'restoring', 'topic-recreated'] as const) {
    expect(queries.get(nothing, partition({ state }), KEY)).toMatchObject({ reason: 'restoring' });
  }
  expect(queries.get(nothing, partition({ state: 'topic-gone' }), KEY)).toMatchObject({
    reason: 'topic-gone',
  });
  expect(queries.get(nothing, partition({ state: 'failed' }), KEY)).toMatchObject({
    reason: 'unavailable',
  });
});

test('I-R4: with a small lag a key is missing, and after its limit it may be in the records of the lag', () => {
  const atMs = performance.now();
  const late = { endOffset: 12n, stableOffset: 12n, atEndMs: atMs - 10_000 };
  expect(queries.get(nothing, partition({ ...late, atEndMs: atMs }), KEY)).toMatchObject({
    reason: 'not-found',
  });
  expect(queries.get(nothing, partition(late), KEY)).toMatchObject({ reason: 'stale' });
  expect(queries.get(nothing, partition({ ...late, stableOffset: 10n }), KEY)).toMatchObject({
    reason: 'stale',
    detail: expect.stringContaining('An open transaction holds 2 records from offset 10 on.'),
  });
  expect(queries.get(one, partition(late), KEY)).toMatchObject({ ok: true });
  // Without a lag there is nothing that the key could be in.
  expect(queries.get(nothing, partition({ atEndMs: atMs - 10_000 }), KEY)).toMatchObject({
    reason: 'not-found',
  });
});

test('I-R4: in a mixed topic, late partitions of other replicas may have the key', () => {
  const record = { partition: 0, offset: 1n, timestamp: 1n, json: '1', isRemoval: false };
  const late = { lagRecords: 1n, ageMs: 6_000 };
  expect(queries.choose(nothing, [], late)).toMatchObject({ reason: 'stale' });
  for (const fresh of [
    { ...late, ageMs: 100 },
    { ...late, lagRecords: 0n },
  ]) {
    expect(queries.choose(nothing, [], fresh)).toMatchObject({ reason: 'not-found' });
  }
  const choice = queries.choose(nothing, [{ ...record, removedAt: undefined }], late);
  expect(choice).toMatchObject({ ok: true });
});

test('M5: a partition that does not serve returns no value of the cache', () => {
  const view = partition();
  expect(queries.get(one, view, KEY)).toMatchObject({ ok: true });
  expect(queries.cached(one, 'k')?.json).toBe('1');
  Object.assign(view, { state: 'restoring' });
  expect(queries.cached(one, 'k')).toBeUndefined();
});

test('I-R1: an applied position is accepted, and one that is not applied in time is refused', async () => {
  const at = (offset: bigint, topicId?: string) => ({
    offsets: new Map([[0, offset]]),
    ...(topicId === undefined ? {} : { topicId }),
  });
  expect(await queries.refuseBefore(partition(), at(9n))).toBeUndefined();
  expect(await queries.refuseBefore(partition(), at(9n, 'id'))).toBeUndefined();
  expect(await queries.refuseBefore(partition(), at(10n))).toMatchObject({
    reason: 'position-not-reached',
  });
  expect(await queries.refuseBefore(partition(), at(1n, 'other'))).toMatchObject({
    reason: 'other-topic',
  });
  expect(await queries.refuseBefore(partition(), { offsets: new Map([[5, 99n]]) })).toBeUndefined();
});

test('data that may be older than the limit is refused', () => {
  const bounded = new QueryService({ waitMaxMs: 5, stalenessMaxMs: 60_000, absenceAgeMaxMs: 0 });
  const old = partition({ atEndMs: performance.now() - 120_000 });
  expect(bounded.get(nothing, old, KEY)).toMatchObject({ reason: 'stale' });
  expect(bounded.get(nothing, partition(), KEY)).toMatchObject({ reason: 'not-found' });
  expect(queries.get(nothing, old, KEY)).toMatchObject({ reason: 'not-found' });
});

test('corrupt data is reported and never returned', async () => {
  const reports: string[] = [];
  const broken = viewOn(() => {
    throw new CorruptStoreError('checksum');
  });
  const watched = partition({ reportCorrupt: (detail) => reports.push(detail) });
  expect(queries.get(broken, watched, KEY)).toMatchObject({ reason: 'restoring' });
  expect(reports).toEqual(['checksum']);
});

test('a read refuses with the error of a store that cannot be read', async () => {
  const from = { after: undefined, itemsMax: 1, bytesMax: 1 };
  expect(await queries.list(nothing, partition(), from)).toMatchObject({
    reason: 'unavailable',
    detail: expect.stringContaining('closed'),
  });
});
