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
  judge({ topic: 'people', partitions: 2, replicas: [], reports }).warnings;

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

test('mirrors that share a process each have the state and the reason of their own topic', async () => {
  const gone: PartitionStatus = { ...serving(0), state: 'topic-gone', detail: 'it was deleted' };
  const topics = [
    { topic: 'people', topicId: 'id', partitions: [serving(0)] },
    { topic: 'places', topicId: 'id', partitions: [gone] },
  ];
  const observe = (topic: string, state: 'ready' | 'not-ready') =>
    observeMirror({
      topic,
      partitions: 1,
      state: {
        kind: 'mirror',
        name: 'shared',
        replicas: [
          { ordinal: 0, state, address: 'h:1', reason: 'topic places is gone', restarts: 0 },
        ],
      },
      probe: () => Promise.resolve({ ordinal: 0, replicas: 1, topics }),
      signal: AbortSignal.timeout(10_000),
    });
  for (const state of ['ready', 'not-ready'] as const) {
    expect(await observe('people', state)).toEqual({
      replicas: [{ ordinal: 0, state: 'Running', address: 'h:1', restarts: 0 }],
      finding: 'serving',
    });
    expect(await observe('places', state)).toMatchObject({
      replicas: [{ state: 'Degraded' }],
      finding: 'failed',
      reason: 'Partition 0 of topic places is topic-gone: it was deleted',
    });
  }
});
