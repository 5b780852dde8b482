import type { MirrorStatus, PartitionState } from '@quicksilver/common/mirror-api/contract';
import { expect, test } from 'vitest';

import { placeOf, recordsLeft } from './records-left.ts';

const WANTED = new Map([
  [placeOf('t', 0), 10n],
  [placeOf('t', 1), 0n],
]);

function status(...partitions: readonly (readonly [PartitionState, number])[]): MirrorStatus {
  return {
    ordinal: 0,
    replicas: 1,
    topics: [
      {
        topic: 't',
        topicId: 'id',
        partitions: partitions.map(([state, nextOffset], partition) => ({
          partition,
          state,
          nextOffset: String(nextOffset),
          endOffset: '10',
          lagRecords: '0',
          poisonRecords: 0,
        })),
      },
    ],
  };
}

test.each([
  ['nothing is known yet', status(), 12n],
  ['a partition is behind', status(['serving', 4], ['serving', 0]), 6n],
  [
    'a partition is at its end but does not serve yet',
    status(['restoring', 10], ['serving', 0]),
    1n,
  ],
  ['everything is served', status(['serving', 10], ['serving', 0]), 0n],
  ['more was written meanwhile', status(['serving', 12], ['serving', 3]), 0n],
])('where %s, the records left are counted', (_name, given, expected) => {
  expect(recordsLeft(given, WANTED)).toBe(expected);
});
