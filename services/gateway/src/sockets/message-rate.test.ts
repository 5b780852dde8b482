import { expect, test } from 'vitest';

import { MessageRate } from './message-rate.ts';

test('a burst passes, a flood does not, and the bucket fills again', () => {
  const rate = new MessageRate(20, 200, 0);
  const take = (count: number, nowMs: number): number =>
    Array.from({ length: count }, () => rate.take(nowMs)).filter(Boolean).length;
  expect(take(300, 0)).toBe(200);
  expect(take(300, 1_000)).toBe(20);
  expect(take(300, 60_000)).toBe(200);
});
