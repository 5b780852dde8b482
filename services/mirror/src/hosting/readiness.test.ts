import { expect, test } from 'vitest';

import { Readiness, type TopicReadiness } from './readiness.ts';

const serving: TopicReadiness = { reasons: [], isPending: false };
const restoring: TopicReadiness = { reasons: ['b is restoring'], isPending: true };
const failed: TopicReadiness = { reasons: ['c is failed'], isPending: false };

test('a process that starts waits for topics that are restored, and not for those with a problem', () => {
  const readiness = new Readiness();
  expect(readiness.notReady([serving, restoring, failed])).toBe('b is restoring\nc is failed');
  expect(readiness.notReady([serving, serving, failed])).toBeUndefined();
});

test('a process that was ready stays ready while one of its topics serves', () => {
  const readiness = new Readiness();
  expect(readiness.notReady([serving])).toBeUndefined();
  expect(readiness.notReady([serving, restoring])).toBeUndefined();
  expect(readiness.notReady([restoring])).toBe('b is restoring');
  expect(readiness.notReady([failed, failed])).toBe('c is failed\nc is failed');
  expect(readiness.notReady([])).toBeUndefined();
});
