import { expect, test } from 'vitest';

import { MessageRate } from './message-rate.ts';

test('a burst passes, a flood has to wait, and the bucket fills again', () => {
  const rate = new MessageRate(20, 200, 0);
  const take = (count: number, nowMs: number): number[] =>
    Array.from({ length: count }, () => rate.take(nowMs));
  expect(take(200, 0)).toEqual(Array(200).fill(0));
  expect(take(3, 0)).toEqual([50, 100, 150]);
  expect(take(1, 150)).toEqual([50]);
  expect(take(1_000, 200).at(-1)).toBe(10_000);
  expect(take(1, 10_250)).toEqual([0]);
  expect(take(201, 60_000).slice(-2)).toEqual([0, 50]);
});
