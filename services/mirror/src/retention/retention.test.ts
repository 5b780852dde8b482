import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codecFor } from '@quicksilver/codec/codecs';
import { expect, test } from 'vitest';

import { Applier } from '../apply/applier.ts';
import { Sweep } from '../apply/sweep.ts';
import { HOME_PLACEMENT } from '../query/key-placement.ts';
import { QueryService } from '../query/query-service.ts';
import type { TopicView } from '../query/topic-view.ts';
import { ValueCache } from '../query/value-cache.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import { openTopicStore } from '../store/open-topic-store.ts';
import { retentionOf, sweepEveryMs } from './retention.ts';

test('B6: a value expires by its record’s time, before any sweep and from the cache too. A sweep frees its space', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'mirror-retention-'));
  const identity = {
    topic: 't',
    partitions: 1,
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
  } as const;
  const { store } = await openTopicStore({ root: root.path, identity, cacheBytes: 4_194_304 });
  await using _closed = { [Symbol.asyncDispose]: () => store.close() };
  let now = 10_000;
  const clock = (): number => now;
  const retention = retentionOf(60_000, clock);
  const cache = new ValueCache({ bytesMax: 100_000, isText: true });
  const applier = new Applier({
    partition: 0,
    store,
    types: {
      keyCodec: codecFor('STRING'),
      keyEncoding: keyEncodingFor('STRING'),
      valueCodec: codecFor('JSON'),
    },
    sweep: new Sweep({ ...retention, clock, everyMs: sweepEveryMs(retention) }),
    waitersMax: 1,
    poisonEntriesMax: 10,
    onApplied: (ops) => cache.forget(ops),
    onExpired: (ops) => cache.forget(ops),
    onPoison: () => {},
    onState: () => {},
    onRebuild: () => {},
    onCorrupt: () => {},
  });
  const view: TopicView = {
    topic: 't',
    partitions: 1,
    keyCodec: codecFor('STRING'),
    keyEncoding: keyEncodingFor('STRING'),
    isExpired: retention.isExpired,
    isImmutable: false,
    placement: HOME_PLACEMENT,
    store,
    cache,
    partitionOf: () => 0,
    owned: () => applier,
    listOwned: () => [applier],
  };
  const queries = new QueryService({ waitMaxMs: 1, stalenessMaxMs: 0, absenceAgeMaxMs: 0 });
  const isPresent = (key: string): boolean => {
    // From the cache first, as the routes do.
    const cached = queries.cached(view, key) !== undefined;
    return cached || queries.get(view, applier, Buffer.from(key)).ok;
  };
  let offset = 0n;
  const apply = async (...records: readonly (readonly [key: string, time: number])[]) => {
    const bytes = records.map(([key, time]) => ({
      offset: offset++,
      timestamp: BigInt(time),
      key: Buffer.from(key),
      value: Buffer.from('1'),
    }));
    const end = { endOffset: offset, highWatermark: offset, logStartOffset: 0n };
    await applier.apply({ topic: 't', partition: 0, records: bytes, nextOffset: offset, ...end });
  };
  await applier.rebuild('id', 0n, 0n);
  await apply(['old', 0], ['renewed', 0], ['new', 9_000], ['timeless', -1]);
  expect(['old', 'renewed', 'new', 'timeless'].map(isPresent)).toEqual([true, true, true, true]);
  await apply(['renewed', 8_000]);
  now = 60_000;
  expect(['old', 'renewed', 'new', 'timeless'].map(isPresent)).toEqual([false, true, true, true]);
  expect(store.get(0, applier.generation, Buffer.from('old'))).toBeDefined();
  await apply();
  expect(store.get(0, applier.generation, Buffer.from('old'))).toBeUndefined();
  expect(store.get(0, applier.generation, Buffer.from('renewed'))).toBeDefined();
  now = 69_000;
  expect(['old', 'renewed', 'new', 'timeless'].map(isPresent)).toEqual([false, false, false, true]);
  // A rebuild gives the same result at any time.
  await applier.rebuild('id', 0n, 0n);
  offset = 0n;
  await apply(['old', 0], ['renewed', 0], ['new', 9_000], ['timeless', -1], ['renewed', 8_000]);
  expect(['old', 'renewed', 'new', 'timeless'].map(isPresent)).toEqual([false, false, false, true]);
});
