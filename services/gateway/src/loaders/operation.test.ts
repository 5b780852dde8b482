import { parsePosition } from '@quicksilver/contracts/mirror-api/position-token';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import { describe, expect, test } from 'vitest';

import type { MirrorReader } from './mirror-reads.ts';
import { Operation } from './operation.ts';
import type { RestCall, RestCallOptions, RestCaller } from './rest-caller.ts';

const TOPIC = {
  name: 't',
  keyType: 'STRING',
  valueType: 'JSON',
  writeType: 'MUTABLE',
  partitions: 3,
} as const;

function recording(): { reads: [readonly string[], ReadOptions][]; mirrors: MirrorReader } {
  const reads: [readonly string[], ReadOptions][] = [];
  let answers = 0;
  return {
    reads,
    mirrors: {
      batchGet: async (_topic, keys, options) => {
        reads.push([keys, options]);
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
  rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
  headers: {},
  signal: new AbortController().signal,
  timeoutMs: 60_000,
  listItemsMax: 10,
  resultValuesMax: 1_000_000,
  bytesMax: 67_108_864,
  positions: new Map([['t', parsePosition('1:5')]]),
};

test('keys of one turn are one batch, with each key once, and are not read again', async () => {
  const { reads, mirrors } = recording();
  const operation = new Operation({ ...options, mirrors });
  const both = [operation.readKey(TOPIC, '"a"'), operation.readKeys(TOPIC, ['"b"', '"a"'])];
  expect(await Promise.all(both)).toEqual([1, [1, 1]]);
  expect(await operation.readKey(TOPIC, '"a"')).toBe(1);
  expect(reads.map(([keys]) => keys)).toEqual([['"a"', '"b"']]);
});

test('I-G2: two operations share nothing', async () => {
  const { reads, mirrors } = recording();
  const first = new Operation({ ...options, mirrors });
  const second = new Operation({ ...options, mirrors });
  expect(await Promise.all([first.readKey(TOPIC, '"a"'), second.readKey(TOPIC, '"a"')])).toEqual([
    1, 2,
  ]);
  expect(reads).toHaveLength(2);
});

test('I-G2, I-S4: the next event of a subscription reads again, and reads of its topic include it', async () => {
  const { reads, mirrors } = recording();
  const operation = new Operation({ ...options, mirrors });
  expect(await operation.readKey(TOPIC, '"a"')).toBe(1);
  operation.beginEvent('t', 2, 41n);
  expect(await operation.readKey(TOPIC, '"a"')).toBe(2);
  expect(reads.map(([, { minPosition }]) => minPosition)).toEqual([
    parsePosition('1:5'),
    parsePosition('1:5,2:41'),
  ]);
});

describe('calls of REST services', () => {
  const call = { method: 'GET', origin: 'http://h', path: '/a', isNullable: true } as const;
  function counting() {
    const called: [RestCall, RestCallOptions][] = [];
    const rest: RestCaller = {
      call: async (made, callOptions) => {
        called.push([made, callOptions]);
        return { answer: called.length };
      },
    };
    const { mirrors } = recording();
    const headers = { authorization: 'B' };
    return { called, operation: new Operation({ ...options, mirrors, rest, headers }) };
  }

  test('equal calls are made once, even if they fail, and other calls are made too', async () => {
    const { called, operation } = counting();
    const calls = [
      call,
      { ...call },
      { ...call, path: '/b' },
      { ...call, method: 'POST' as const },
    ];
    expect(await Promise.all(calls.map((each) => operation.fetch(each)))).toEqual(
      [1, 1, 2, 3].map((answer) => ({ answer })),
    );
    expect(called[0]?.[1]).toMatchObject({
      headers: { authorization: 'B' },
      signal: options.signal,
    });
  });

  test('the next event of a subscription calls again', async () => {
    const { operation } = counting();
    expect(await operation.fetch(call)).toEqual({ answer: 1 });
    operation.beginEvent('t', 2, 41n);
    expect(await operation.fetch(call)).toEqual({ answer: 2 });
    expect(await operation.fetch(call)).toEqual({ answer: 2 });
  });

  test('a mutation calls each time, is never cancelled, and later fields read again', async () => {
    const { called, operation } = counting();
    await operation.fetch(call);
    await operation.send(call);
    await operation.send(call);
    expect(await operation.fetch(call)).toEqual({ answer: 4 });
    expect(called[1]?.[1].signal).toBeUndefined();
  });
});
