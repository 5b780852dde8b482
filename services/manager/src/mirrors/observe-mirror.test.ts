import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';
import { expect, test } from 'vitest';

import { judge, observeMirror } from './observe-mirror.ts';

function serving(partition: number, misplacedRecords?: number): PartitionStatus {
  return {
    partition,
    state: 'serving',
    nextOffset: '5',
    endOffset: '5',
    lagRecords: '0',
    poisonRecords: 0,
    ...(misplacedRecords === undefined ? {} : { misplacedRecords }),
  };
}

const warningsOf = (reports: readonly PartitionStatus[]): readonly string[] | undefined =>
  judge({ topic: 'people', partitions: 2, replicas: [], ready: 0, reports }).warnings;

test.each([
  [[1, 0], '1 record is not in the partition'],
  [[4, 5], '9 records are not in the partition'],
  [[123, 456], 'At least 500 records are not in the partition'],
])('misplaced records %j are a warning', ([one, other], text) => {
  expect(warningsOf([serving(0, one), serving(1, other)])).toEqual([
    expect.stringMatching(`^${text} `),
  ]);
});

test('the copies of a partition are counted once, and mirrors without misplaced records have no warning', () => {
  expect(warningsOf([serving(0, 2), serving(0, 3), serving(1, 0)])).toEqual([
    expect.stringMatching(/^3 records /),
  ]);
  expect(warningsOf([serving(0, 0), serving(1)])).toBeUndefined();
});

test('a mirror runs if its process is not ready because of another topic only', async () => {
  const address = '127.0.0.1:1';
  const replicas = [{ ordinal: 0, state: 'not-ready' as const, address, restarts: 0 }];
  const gone: PartitionStatus = { ...serving(0), state: 'topic-gone' };
  const topics = [
    { topic: 'people', topicId: null, partitions: [serving(0)] },
    { topic: 'leftover', topicId: null, partitions: [gone] },
  ];
  const observe = async (topic: string) =>
    await observeMirror({
      topic,
      partitions: 1,
      state: { kind: 'mirror', name: 'default', replicas },
      probe: () => Promise.resolve({ ordinal: 0, replicas: 1, topics }),
      signal: new AbortController().signal,
    });
  expect(await observe('people')).toMatchObject({ finding: 'serving' });
  expect(await observe('leftover')).toMatchObject({ finding: 'failed' });
});
