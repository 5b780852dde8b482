import { parsePosition } from '@quicksilver/common/mirror-api/position-token';
import type { ReadOptions } from '@quicksilver/common/mirror-api/mirror-client';
import { expect, test } from 'vitest';

import { Operation, type MirrorReader } from './operation.ts';

const TOPIC = {
  name: 't',
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'MUTABLE',
  partitions: 3,
} as const;

function recording(): { asked: [readonly string[], ReadOptions][]; mirrors: MirrorReader } {
  const asked: [readonly string[], ReadOptions][] = [];
  let answers = 0;
  return {
    asked,
    mirrors: {
      batchGet: async (_topic, keys, options) => {
        asked.push([keys, options]);
        answers += 1;
        return keys.map(() => String(answers));
      },
      range: () => Promise.resolve({ items: [], next: null }),
      listEdges: () => Promise.resolve({ edges: [], next: null }),
      rangeEdges: () => Promise.resolve({ edges: [], next: null }),
      async *list() {
        yield [];
      },
    },
  };
}

const options = {
  writer: { write: () => Promise.reject(new Error('nothing is written here')) },
  signal: new AbortController().signal,
  timeoutMs: 1_000,
  listItemsMax: 10,
  positions: new Map([['t', parsePosition('1:5')]]),
};

test('what one turn asks for is one batch, each key once, and is not asked for again', async () => {
  const { asked, mirrors } = recording();
  const operation = new Operation({ ...options, mirrors });
  const both = [operation.load(TOPIC, '"a"'), operation.loadMany(TOPIC, ['"b"', '"a"'])];
  expect(await Promise.all(both)).toEqual([1, [1, 1]]);
  expect(await operation.load(TOPIC, '"a"')).toBe(1);
  expect(asked.map(([keys]) => keys)).toEqual([['"a"', '"b"']]);
});

test('I-G2: two operations share nothing', async () => {
  const { asked, mirrors } = recording();
  const first = new Operation({ ...options, mirrors });
  const second = new Operation({ ...options, mirrors });
  expect(await Promise.all([first.load(TOPIC, '"a"'), second.load(TOPIC, '"a"')])).toEqual([1, 2]);
  expect(asked).toHaveLength(2);
});

test('I-G2, I-S4: the next event of a subscription reads anew, and reads of its own topic include it', async () => {
  const { asked, mirrors } = recording();
  const operation = new Operation({ ...options, mirrors });
  expect(await operation.load(TOPIC, '"a"')).toBe(1);
  operation.beginEvent('t', 2, 41n);
  expect(await operation.load(TOPIC, '"a"')).toBe(2);
  expect(asked.map(([, { minPosition }]) => minPosition)).toEqual([
    parsePosition('1:5'),
    parsePosition('1:5,2:41'),
  ]);
});
