import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';
import { expect, test } from 'vitest';

import { reportOf, sizeOf } from './mirror-report.ts';

function status(partition: number, more: Partial<PartitionStatus> = {}): PartitionStatus {
  return {
    partition,
    state: 'serving',
    nextOffset: '5',
    endOffset: '5',
    lagRecords: '0',
    poisonRecords: 0,
    ...more,
  };
}

test('a report sums up the partitions, and counts the copies of a partition once', () => {
  const behind = { state: 'restoring', nextOffset: '3', lagRecords: '2' } as const;
  expect(
    reportOf([
      status(0, { unindexedRecords: 2, misplacedRecords: 1 }),
      status(0, { ...behind, unindexedRecords: 1 }),
      status(1, { lagRecords: '9007199254740993', unindexedRecords: 3 }),
      status(2, behind),
    ]),
  ).toEqual({
    servingPartitions: 2,
    lagRecords: '9007199254740995',
    poisonRecords: 0,
    unindexedRecords: 5,
    misplacedRecords: 1,
  });
});

test('sizes of replicas are one: a partition counts once, stores and processes add up', () => {
  const [topic, memoryBytes] = ['t', 100];
  const partition = (number: number, keys: number, isExact = true) => ({
    partition: number,
    keys,
    versions: 2 * keys,
    isExact,
  });
  expect(
    sizeOf([
      { topic, partitions: [partition(0, 5), partition(1, 7)], storeBytes: 30, memoryBytes },
      { topic, partitions: [partition(0, 4, false)], storeBytes: 12, memoryBytes },
    ]),
  ).toEqual({ keys: 12, versions: 24, isExact: true, storeBytes: 42, memoryBytes: 200 });
  const estimate = { topic, partitions: [partition(0, 9, false)], storeBytes: 1, memoryBytes };
  expect(sizeOf([estimate])).toMatchObject({ keys: 9, isExact: false });
  expect(sizeOf([])).toEqual({});
});

test('there is no report if no replica responds', () => {
  expect(reportOf([])).toBeUndefined();
});
