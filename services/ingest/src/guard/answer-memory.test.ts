import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { AnswerMemory, type StoredAnswer } from './answer-memory.ts';

const answer = (body = '{}'): StoredAnswer => ({ status: 201, headers: {}, body });

const memoryOf = (changes: { entriesMax?: number; bytesMax?: number } = {}): AnswerMemory =>
  new AnswerMemory({ entriesMax: 100, bytesMax: 1_000_000, ttlMs: 1_000, openMs: 100, ...changes });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('I-W8: a request is new once, in flight until it has an answer, and then has that answer', () => {
  const memory = memoryOf();
  expect(memory.begin('a', 'x')).toBe('new');
  expect(memory.begin('a', 'x')).toBe('in-flight');
  expect(memory.begin('a', 'y')).toBe('mismatch');
  memory.finish('a', 'x', answer());
  expect(memory.begin('a', 'x')).toEqual(answer());
  expect(memory.begin('a', 'y')).toBe('mismatch');
  expect(memory.begin('b', 'y')).toBe('new');
});

test('a request that failed is new again, and so is what is older than it is kept', () => {
  const memory = memoryOf();
  memory.begin('a', 'x');
  memory.forget('a');
  expect(memory.begin('a', 'y')).toBe('new');
  vi.advanceTimersByTime(101);
  expect(memory.begin('a', 'z')).toBe('new');
  memory.finish('a', 'z', answer());
  vi.advanceTimersByTime(999);
  expect(memory.begin('a', 'z')).toEqual(answer());
  vi.advanceTimersByTime(2);
  expect(memory.begin('a', 'z')).toBe('new');
  expect(memory.entries).toBe(1);
});

test('the oldest answers make room, for entries and for bytes, and requests in flight do not', () => {
  const few = memoryOf({ entriesMax: 3 });
  few.begin('open', 'x');
  for (const id of ['a', 'b', 'c']) {
    few.begin(id, 'x');
    few.finish(id, 'x', answer());
  }
  expect(few.entries).toBe(3);
  expect(few.begin('open', 'x')).toBe('in-flight');
  expect(few.begin('c', 'x')).toEqual(answer());
  expect(few.begin('a', 'x')).toBe('new');

  const small = memoryOf({ bytesMax: 20_000 });
  for (let at = 0; at < 100; at += 1) {
    small.begin(`${at}`, 'x');
    small.finish(`${at}`, 'x', answer('x'.repeat(1_000)));
    expect(small.bytes).toBeLessThanOrEqual(20_000);
  }
  expect(small.begin('99', 'x')).toEqual(answer('x'.repeat(1_000)));
});

test('more requests in flight than there may be entries are refused, not forgotten', () => {
  const memory = memoryOf({ entriesMax: 2 });
  expect([memory.begin('a', 'x'), memory.begin('b', 'x')]).toEqual(['new', 'new']);
  expect(memory.begin('c', 'x')).toBe('full');
  memory.finish('a', 'x', answer());
  expect(memory.begin('c', 'x')).toBe('new');
});
