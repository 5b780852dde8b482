import { expect, test } from 'vitest';

import type { PartitionView } from '../apply/partition-state.ts';
import { PoisonLog } from '../apply/poison-log.ts';
import { ValueCache } from './value-cache.ts';

const partitionIn = (generation: number): PartitionView => ({
  partition: 0,
  state: 'serving',
  detail: undefined,
  generation,
  nextOffset: 1n,
  endOffset: 1n,
  stableOffset: 1n,
  topicId: 'id',
  poison: new PoisonLog({ entriesMax: 0, encodeKey: () => undefined }),
  atEndMs: 0,
  waitFor: () => Promise.resolve(true),
  reportCorrupt: () => {},
});

const newCache = (bytesMax = 1_000_000) => new ValueCache({ bytesMax, isText: true });
const value = (json: string, partition = partitionIn(1)) => ({
  partition,
  generation: 1,
  json,
  offset: 0n,
  timestamp: 0n,
});

test('a value is found by its key until the key is written', () => {
  const cache = newCache();
  cache.set('é', value('1'));
  expect(cache.get('é')?.json).toBe('1');
  cache.forget([{ key: Buffer.from('é') }]);
  expect(cache.get('é')).toBeUndefined();
});

test('a value of another generation is not found', () => {
  const cache = newCache();
  cache.set('a', value('1', partitionIn(2)));
  expect(cache.get('a')).toBeUndefined();
});

test('values that are not read again are dropped, others stay', () => {
  const cache = newCache(20_000);
  cache.set('kept', value('"kept"'));
  for (let index = 0; index < 10_000; index += 1) {
    cache.set(`k${index}`, value('1'));
    expect(cache.get('kept')?.json).toBe('"kept"');
  }
  const left = Array.from({ length: 10_000 }, (_, index) => cache.get(`k${index}`));
  expect(left.filter((entry) => entry !== undefined).length).toBeLessThan(100);
});

test('a value keeps its bytes after other reads', () => {
  const cache = newCache(10_000_000);
  const texts = Array.from({ length: 500 }, (_, index) => `"${String(index).repeat(100)}"`);
  texts.forEach((text, index) => cache.set(`k${index}`, value(text)));
  expect(texts.map((_, index) => cache.get(`k${index}`)?.json)).toEqual(texts);
});

test('keys that are not text have distinct names', () => {
  const cache = new ValueCache({ bytesMax: 1_000, isText: false });
  const names = [0x80, 0x81, 0xff].map((byte) => cache.keyOf(Buffer.from([byte])));
  expect(new Set(names).size).toBe(3);
});

test('a cleared cache is empty', () => {
  const cache = newCache();
  cache.set('a', value('1'));
  cache.clear();
  expect(cache.isEmpty).toBe(true);
});
