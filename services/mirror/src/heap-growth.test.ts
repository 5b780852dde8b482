import { expect, test } from 'vitest';

import { growingPercent } from './heap-growth.ts';

const MIB = 1_048_576;

test('the heap may grow in proportion to the memory for caches, within bounds', () => {
  const percents = [1, 64, 128, 256, 4_096].map((cacheMib) => growingPercent(cacheMib * MIB));
  expect(percents).toEqual([60, 60, 120, 160, 160]);
});
