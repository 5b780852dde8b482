import { expect, test } from 'vitest';

import { detectPartitioner } from './detect-partitioner.ts';
import { partitionBy, PARTITIONERS } from './partitioner.ts';

const keys = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, at) => Buffer.from(`key ${at}`));

test.each(PARTITIONERS)('the partitioner %s is detected, with a certainty that grows', (name) => {
  const sampleOf = (count: number) =>
    keys(count).map((key) => ({ key, partition: partitionBy(name, key, 6) }));
  const few = detectPartitioner(sampleOf(3), 6);
  const many = detectPartitioner(sampleOf(40), 6);
  expect(few).toMatchObject({ partitioner: name, misplaced: 0, keys: 3 });
  expect(many).toMatchObject({ partitioner: name, keys: 40 });
  expect(many.certainty).toBeGreaterThan(few.certainty);
});

test('one key outside of its partition makes the partitioner unknown', () => {
  const sample = keys(100).map((key) => ({ key, partition: partitionBy('murmur2', key, 3) }));
  const moved = [...sample, { key: Buffer.from('moved'), partition: 7 }];
  expect(detectPartitioner(moved, 3)).toMatchObject({ partitioner: 'unknown', misplaced: 1 });
});

test('too few keys, null keys and empty keys decide nothing', () => {
  const one = { key: Buffer.from('a'), partition: partitionBy('fnv1a', Buffer.from('a'), 3) };
  const none = { key: null, partition: 0 };
  const empty = { key: Buffer.alloc(0), partition: 2 };
  for (const sample of [[], [none, empty], [one, one, one, none]]) {
    expect(detectPartitioner(sample, 3)).toMatchObject({ partitioner: 'unknown', certainty: 0 });
  }
  expect(detectPartitioner([one], 3).keys).toBe(1);
});

test('in a topic with one partition every key is in place', () => {
  expect(detectPartitioner([], 1)).toMatchObject({ partitioner: 'murmur2', certainty: 1 });
});
