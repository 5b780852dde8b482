import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';
import { expect, test } from 'vitest';

import { judge } from './observe-mirror.ts';

function report(partition: number, poisonRecords: number, offset?: string): PartitionStatus {
  const lastPoison = { timestamp: Number(offset), reason: 'NULL_KEY', detail: 'No key.' };
  return {
    partition,
    state: 'serving',
    nextOffset: '5',
    endOffset: '5',
    lagRecords: '0',
    poisonRecords,
    ...(offset === undefined ? {} : { lastPoison: { offset, ...lastPoison } }),
  };
}

const warningsOf = (reports: readonly PartitionStatus[]): readonly string[] | undefined =>
  judge({ topic: 'people', partitions: 2, replicas: [], ready: 0, reports }).warnings;

test('skipped records are a warning with their number and the latest one', () => {
  expect(warningsOf([report(0, 2, '7'), report(1, 3, '9'), report(1, 3, '9')])).toEqual([
    'Skipped 5 records of topic people, so lookups lack them. The latest is at offset 9 of partition 1: NULL_KEY, No key. For the list, run: quick mirror poison people',
  ]);
});

test('a mirror of an older version reports only their number', () => {
  expect(warningsOf([report(0, 1), report(1, 0)])).toEqual([
    'Skipped 1 record of topic people, so lookups lack them. For the list, run: quick mirror poison people',
  ]);
  expect(warningsOf([report(0, 0), report(1, 0)])).toBeUndefined();
});
