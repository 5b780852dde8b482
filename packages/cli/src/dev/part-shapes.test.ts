import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { expect, test } from 'vitest';

import { parallelPart } from './part-shapes.ts';

const CONTEXT: PartContext = { signal: new AbortController().signal, fail: () => undefined };

function part(name: string, events: string[], error?: Error): Part {
  return {
    name,
    start: async () => {
      events.push(`begin ${name}`);
      await Promise.resolve();
      if (error !== undefined) {
        throw error;
      }
      await Promise.resolve();
      events.push(`end ${name}`);
    },
    stop: async () => void events.push(`stop ${name}`),
  };
}

test('parts start concurrently', async () => {
  const events: string[] = [];
  await parallelPart('both', [part('a', events), part('b', events)]).start(CONTEXT);
  expect(events).toEqual(['begin a', 'begin b', 'end a', 'end b']);
});

test('if one part fails, the others are still awaited, so that no work continues after a stop', async () => {
  const events: string[] = [];
  const both = parallelPart('both', [part('a', events, new Error('no')), part('b', events)]);
  await expect(both.start(CONTEXT)).rejects.toThrow('no');
  expect(events).toContain('end b');
  await both.stop();
  expect(events.slice(-2)).toEqual(['stop a', 'stop b']);
});
