import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';
import { expect, test } from 'vitest';

import { reportOf } from './mirror-report.ts';

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
    unindexedRecords: 5,
    misplacedRecords: 1,
  });
});

test('there is no report if no replica responds', () => {
  expect(reportOf([])).toBeUndefined();
});
