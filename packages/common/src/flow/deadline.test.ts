import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Deadline } from './deadline.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

test('a deadline is over when its time has passed, and never leaves less than one millisecond', () => {
  const deadline = Deadline.in(100);
  expect([deadline.isOver, deadline.leftMs]).toEqual([false, 100]);
  vi.advanceTimersByTime(60);
  expect([deadline.isOver, deadline.leftMs]).toEqual([false, 40]);
  vi.advanceTimersByTime(40);
  expect([deadline.isOver, deadline.leftMs]).toEqual([true, 1]);
});

test('a deadline allows a pause that ends before it', () => {
  const deadline = Deadline.in(100);
  expect(deadline.allows(99)).toBe(true);
  expect(deadline.allows(100)).toBe(false);
});
