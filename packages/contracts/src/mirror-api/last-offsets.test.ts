import { expect, test } from 'vitest';

import { includeOffset, lastOffsets } from './last-offsets.ts';

test('the last offset of each partition counts, in any order of the records', () => {
  const offsets = lastOffsets([
    { partition: 1, offset: 5n },
    { partition: 0, offset: 0n },
    { partition: 1, offset: 9n },
    { partition: 1, offset: 7n },
  ]);
  expect(offsets).toEqual(
    new Map([
      [1, 9n],
      [0, 0n],
    ]),
  );
});

test('an offset of a partition never becomes smaller', () => {
  const offsets = new Map([[3, 41n]]);
  includeOffset(offsets, 3, 40n);
  includeOffset(offsets, 4, 2n);
  expect(offsets).toEqual(
    new Map([
      [3, 41n],
      [4, 2n],
    ]),
  );
});
