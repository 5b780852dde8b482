import { silentLog } from '@quicksilver/testkit/silent-log';
import { expect, test } from 'vitest';

import type { Part } from './part.ts';
import { runParts } from './run-parts.ts';

function recorder(name: string, events: string[], overrides: Partial<Part> = {}): Part {
  return {
    name,
    start: async () => void events.push(`start ${name}`),
    drain: async () => void events.push(`drain ${name}`),
    stop: async () => void events.push(`stop ${name}`),
    ...overrides,
  };
}

test('parts start in order, then drain and stop in reverse', async () => {
  const events: string[] = [];
  const stop = new AbortController();
  await runParts([recorder('a', events), recorder('b', events)], {
    signal: stop.signal,
    drainMs: 1000,
    log: silentLog,
    onReady: () => stop.abort(),
  });
  expect(events).toEqual(['start a', 'start b', 'drain b', 'drain a', 'stop b', 'stop a']);
});

test('a part that fails to start is stopped too, with all before it and none after it', async () => {
  const events: string[] = [];
  const broken = recorder('b', events, { start: () => Promise.reject(new Error('no port')) });
  const running = runParts([recorder('a', events), broken, recorder('c', events)], {
    signal: new AbortController().signal,
    drainMs: 1000,
    log: silentLog,
  });
  await expect(running).rejects.toThrow('no port');
  expect(events).toEqual(['start a', 'drain b', 'drain a', 'stop b', 'stop a']);
});

test('an error that a running part reports stops everything and is the outcome', async () => {
  const events: string[] = [];
  const part = recorder('a', events, {
    start: async (run) => {
      queueMicrotask(() => run.fail(new Error('disk gone')));
    },
  });
  const running = runParts([part], {
    signal: new AbortController().signal,
    drainMs: 1000,
    log: silentLog,
  });
  await expect(running).rejects.toThrow('disk gone');
  expect(events).toEqual(['drain a', 'stop a']);
});

test('the other parts are stopped if one fails to stop', async () => {
  const events: string[] = [];
  const stop = new AbortController();
  const stuck = recorder('b', events, { stop: () => Promise.reject(new Error('stuck')) });
  const running = runParts([recorder('a', events), stuck], {
    signal: stop.signal,
    drainMs: 1000,
    log: silentLog,
    onReady: () => stop.abort(),
  });
  await expect(running).rejects.toThrow('stuck');
  expect(events.at(-1)).toBe('stop a');
});
