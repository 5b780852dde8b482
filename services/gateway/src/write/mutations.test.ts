import { AppError } from '@quicksilver/common/errors/app-error';
import { parsePosition } from '@quicksilver/contracts/mirror-api/position-token';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import { execute, parse, type ExecutionResult } from 'graphql';
import { expect, test } from 'vitest';

import { compileSchema } from '../compile/compile-schema.ts';
import { Operation } from '../loaders/operation.ts';
import { UNLIMITED_ACCESS } from '../resolve/unlimited-access.ts';

const SDL = `
  type Query { item(id: Long!): Item @topic(name: "items", keyArgument: "id") }
  type Mutation {
    set(id: Long!, item: ItemInput): Item @topic(name: "items")
    swapped(item: ItemInput!, id: Long!): Item! @topic(name: "items", keyArgument: "id")
    byId(id: ID!, item: ItemInput): Item @topic(name: "items")
    named(id: Long!, odd: OddNames): Odd @topic(name: "items")
    must(id: Long!, item: ItemInput): Item! @topic(name: "items")
    tag(id: ID!, tag: Tag!): Tag @topic(name: "tags", valueArgument: "tag")
    odd(constructor: Long, toString: OddInput): Item
      @topic(name: "odds", keyArgument: "constructor", valueArgument: "toString")
  }
  input OddInput { valueOf: Int hasOwnProperty: OddInput }
  enum Tag { RED GREEN }
  type Odd { at: String @field(name: "@timestamp") fooBar: Int @field(name: "foo.bar") inner: Odd @field(name: "in-ner") }
  input OddNames { at: String! @field(name: "@timestamp") fooBar: Int = 3 @field(name: "foo.bar") inner: OddNames @field(name: "in-ner") }
  input ItemInput { id: Long! count: Long = 7 price: Float tags: [Tag!] next: Long inner: ItemInput }
  type Item { id: Long! count: Long price: Float tags: [Tag!] next: Long nextItem: Item @topic(name: "items", keyField: "next") }
`;

interface Ran {
  readonly result: ExecutionResult;
  /** The writes and reads, in order. */
  readonly done: readonly string[];
  readonly written: string | undefined;
  /** The idempotency keys of the writes, in order. */
  readonly keys: readonly (string | undefined)[];
}

async function run(query: string, failure?: AppError, idempotencyKey?: string): Promise<Ran> {
  const keys: (string | undefined)[] = [];
  const done: string[] = [];
  const store = new Map<string, string>();
  let offset = 0n;
  const positionText = (options: ReadOptions): string =>
    [...(options.minPosition?.offsets ?? [])].map(([at, to]) => `${at}:${to}`).join();
  const operation = new Operation({
    rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
    headers: {},
    mirrors: {
      batchGet: async (topic, keys, options) => {
        done.push(`read ${topic.name} ${keys.join()} at ${positionText(options)}`);
        return keys.map((key) => store.get(key));
      },
      async *list() {
        yield [];
      },
      range: () => Promise.resolve({ items: [], next: null }),
      listEdges: () => Promise.resolve({ edges: [], next: null }),
      rangeEdges: () => Promise.resolve({ edges: [], next: null }),
    },
    writer: {
      write: async (topic, { keyJson, valueJson }, options) => {
        keys.push(options.idempotencyKey);
        done.push(`write ${topic.name} ${keyJson} ${valueJson}`);
        if (failure !== undefined) {
          throw failure;
        }
        store.set(keyJson, valueJson ?? 'null');
        offset += 1n;
        return parsePosition(`2:${offset}@id`);
      },
    },
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    listItemsMax: 10,
    resultValuesMax: 1_000_000,
    bytesMax: 67_108_864,
    positions: new Map(),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
  const schema = compileSchema({
    definition: parseDefinition(SDL),
    topicOf: ({ topic }): TopicEntry => ({
      name: topic,
      keyType: topic === 'tags' ? 'STRING' : 'LONG',
      valueType: 'JSON',
      writeType: 'MUTABLE',
      partitions: 3,
    }),
    follow: () => {
      throw new Error('no subscriptions here');
    },
  });
  const result = await execute({
    schema,
    document: parse(query),
    contextValue: { operation, access: UNLIMITED_ACCESS },
  });
  return {
    result: JSON.parse(JSON.stringify(result)) as ExecutionResult,
    done,
    written: operation.written,
    keys,
  };
}

test('a mutation writes its value with all digits, defaults and names, and returns it', async () => {
  const { result, done, written } = await run(
    `mutation { set(id: "9007199254740995", item: { id: 5, price: 0.1, tags: [RED, GREEN], next: "9007199254740993" }) { id price tags } }`,
  );
  expect(result).toEqual({ data: { set: { id: 5, price: 0.1, tags: ['RED', 'GREEN'] } } });
  expect(done).toEqual([
    'write items 9007199254740995 {"id":5,"count":7,"price":0.1,"tags":["RED","GREEN"],"next":9007199254740993}',
  ]);
  expect(written).toBe('items/2:1@id');
});

test('a value has the names of @field in the record, and its own in the result', async () => {
  const { done, result } = await run(
    'mutation { named(id: 1, odd: { at: "now", inner: { at: "then", fooBar: 4 } }) { at fooBar inner { at fooBar } } }',
  );
  expect(done).toEqual([
    'write items 1 {"@timestamp":"now","foo.bar":3,"in-ner":{"@timestamp":"then","foo.bar":4}}',
  ]);
  expect(result).toEqual({
    data: { named: { at: 'now', fooBar: 3, inner: { at: 'then', fooBar: 4 } } },
  });
});

test('an ID is the digits of a key that is a number', async () => {
  const { done, result } = await run(
    'mutation { byId(id: "9007199254740993", item: { id: 1 }) { id } bad: byId(id: "x", item: { id: 1 }) { id } }',
  );
  expect(done).toEqual(['write items 9007199254740993 {"id":1,"count":7}']);
  expect(result).toMatchObject({
    data: { byId: { id: 1 }, bad: null },
    errors: [{ path: ['bad'], message: expect.stringContaining('the key is "x"') }],
  });
});

test('a key and a value are found by name in any order', async () => {
  const { done } = await run(
    'mutation { swapped(item: { id: 1, count: 2 }, id: 7) { id } tag(id: "a", tag: RED) }',
  );
  expect(done).toEqual(['write items 7 {"id":1,"count":2}', 'write tags "a" "RED"']);
});

test('row 102: an argument or member with the name of an inherited one is absent unless the client sent it', async () => {
  for (const [argumentText, missing] of [
    ['', 'toString'],
    ['(constructor: 1)', 'toString'],
    ['(toString: {})', 'constructor'],
  ]) {
    expect(await run(`mutation { odd${argumentText} { id } }`)).toMatchObject({
      result: { errors: [{ message: `Could not find argument ${missing}` }] },
      done: [],
    });
  }
  const { done } = await run(
    'mutation { odd(constructor: 1, toString: { hasOwnProperty: { valueOf: 2 } }) { id } }',
  );
  expect(done).toEqual(['write odds 1 {"hasOwnProperty":{"valueOf":2}}']);
});

test('I-R1: reads after a write in the same operation include it and use no earlier result', async () => {
  const { result, done } = await run(`mutation {
    a: set(id: 1, item: { id: 1, next: 2 }) { nextItem { id count } }
    b: set(id: 2, item: { id: 2, count: 3 }) { id }
    c: set(id: 1, item: { id: 1, next: 2 }) { nextItem { id count } }
  }`);
  expect(result.data).toEqual({
    a: { nextItem: null },
    b: { id: 2 },
    c: { nextItem: { id: 2, count: 3 } },
  });
  expect(done.filter((each) => each.startsWith('read'))).toEqual([
    'read items 2 at 2:1',
    'read items 2 at 2:3',
  ]);
});

test('null removes a key if argument and result are nullable, and an absent value never does', async () => {
  const removed = await run('mutation { set(id: 1, item: null) { id } }');
  expect(removed).toMatchObject({ result: { data: { set: null } }, done: ['write items 1 null'] });
  const left = await run('mutation { set(id: 1) { id } }');
  expect(left).toMatchObject({
    result: { errors: [{ message: 'Could not find argument item' }] },
    done: [],
  });
  const must = await run('mutation { must(id: 1, item: null) { id } }');
  expect(must).toMatchObject({
    result: { errors: [{ message: expect.stringContaining('Nothing was written') as string }] },
    done: [],
  });
});

test('a write that fails is the error of its field, without a position', async () => {
  const failure = new AppError('IMMUTABLE_TOPIC', 'no');
  const { result, written } = await run('mutation { set(id: 1, item: null) { id } }', failure);
  expect(result).toMatchObject({ data: { set: null }, errors: [{ message: 'no', path: ['set'] }] });
  expect(written).toBeUndefined();
});

test('I-W8: each write of an operation has its own idempotency key, which a retry of the operation repeats', async () => {
  const query = `mutation {
    a: set(id: 1, item: { id: 1 }) { id }
    b: set(id: 1, item: { id: 1 }) { id }
  }`;
  const first = await run(query, undefined, 'given');
  expect(new Set(first.keys).size).toBe(2);
  expect(first.keys).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  expect((await run(query, undefined, 'given')).keys).toEqual(first.keys);
  expect(first.keys).not.toContain((await run(query, undefined, 'another')).keys[0]);
  expect((await run(query)).keys).toEqual([undefined, undefined]);
});
