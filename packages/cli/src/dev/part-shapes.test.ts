import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import { expect, test } from 'vitest';

import { together } from './part-shapes.ts';

const RUN: Run = { signal: new AbortController().signal, fail: () => undefined };

function part(name: string, seen: string[], error?: Error): Part {
  return {
    name,
    start: async () => {
      seen.push(`begin ${name}`);
      await Promise.resolve();
      if (error !== undefined) {
        throw error;
      }
      await Promise.resolve();
      seen.push(`end ${name}`);
    },
    stop: async () => void seen.push(`stop ${name}`),
  };
}

test('parts start concurrently', async () => {
  const seen: string[] = [];
  await together('both', [part('a', seen), part('b', seen)]).start(RUN);
  expect(seen).toEqual(['begin a', 'begin b', 'end a', 'end b']);
});

test('if one part fails, the others are still awaited, so that no work continues after a stop', async () => {
  const seen: string[] = [];
  const both = together('both', [part('a', seen, new Error('no')), part('b', seen)]);
  await expect(both.start(RUN)).rejects.toThrow('no');
  expect(seen).toContain('end b');
  await both.stop();
  expect(seen.slice(-2)).toEqual(['stop a', 'stop b']);
});
