import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';
import { expect, test } from 'vitest';

import { rangeWarnings } from './range-warning.ts';

function report(partition: number, indexedRecords: number, unindexed: string[]): PartitionStatus {
  const offset = unindexed.at(-1);
  const detail = 'The value has no unit-price.';
  const last = { timestamp: Number(offset), reason: 'NO_RANGE_FIELD', detail };
  return {
    partition,
    state: 'serving',
    nextOffset: '5',
    endOffset: '5',
    lagRecords: '0',
    poisonRecords: 0,
    indexedRecords,
    unindexedRecords: unindexed.length,
    ...(offset === undefined ? {} : { lastUnindexed: { offset, ...last } }),
  };
}

test('a range field that no record has is a warning', () => {
  expect(rangeWarnings('cars', [report(0, 0, ['1', '7']), report(1, 0, ['3'])])).toEqual([
    'No record of topic cars is in a range, because none has the range field. Check the rangeField of the mirror. The latest is at offset 7 of partition 0: NO_RANGE_FIELD, The value has no unit-price.',
  ]);
});

test('some records without a range are a warning with their number, and copies count once', () => {
  expect(rangeWarnings('cars', [report(0, 2, ['1', '7']), report(0, 2, ['7'])])).toEqual([
    '2 records of topic cars are in no range. The latest is at offset 7 of partition 0: NO_RANGE_FIELD, The value has no unit-price.',
  ]);
  expect(rangeWarnings('cars', [report(0, 9, []), report(1, 0, [])])).toEqual([]);
});
