import { eventually } from '@quicksilver/testkit/eventually';
import { expect, test } from 'vitest';

import { TaskQueue } from './task-queue.ts';

const LIMITS = { tasksMax: 2, deadlineMs: 1_000, retry: { firstMs: 10, maxMs: 40 } };

test('a key that becomes due while it is worked on is worked on once more, never twice at once', async () => {
  let atOnce = 0;
  let most = 0;
  let calls = 0;
  const queue = new TaskQueue({
    ...LIMITS,
    onFailure: () => {},
    handle: async () => {
      calls += 1;
      atOnce += 1;
      most = Math.max(most, atOnce);
      await Promise.resolve();
      if (calls === 1) {
        queue.wake('a');
        queue.wake('a');
      }
      atOnce -= 1;
    },
  });
  queue.open();
  queue.wake('a');
  await eventually(() => expect(calls).toBe(2));
  await queue.close();
  expect([calls, most]).toEqual([2, 1]);
});

test('a key that fails is tried again and holds up no other one', async () => {
  const done: string[] = [];
  const failures: string[] = [];
  const queue = new TaskQueue({
    ...LIMITS,
    onFailure: (key) => failures.push(key),
    handle: (key) => {
      if (key === 'bad' && failures.length < 3) {
        return Promise.reject(new Error('no'));
      }
      done.push(key);
      return Promise.resolve();
    },
  });
  queue.open();
  for (const key of ['bad', 'a', 'b', 'c']) {
    queue.wake(key);
  }
  await eventually(() => expect(done).toEqual(['a', 'b', 'c', 'bad']));
  expect(failures).toEqual(['bad', 'bad', 'bad']);
  await queue.close();
});

test('closing aborts what is being done and begins nothing new', async () => {
  const begun: string[] = [];
  const queue = new TaskQueue({
    ...LIMITS,
    tasksMax: 1,
    onFailure: () => {},
    handle: (key, signal) => {
      begun.push(key);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      });
    },
  });
  queue.open();
  queue.wake('a');
  queue.wake('b');
  await queue.close();
  queue.wake('c');
  expect(begun).toEqual(['a']);
});
