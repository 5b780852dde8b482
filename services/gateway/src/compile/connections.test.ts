import { AppError } from '@quicksilver/common/errors/app-error';
import type { EdgePage } from '@quicksilver/contracts/mirror-api/edges';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { parseDefinition } from '@quicksilver/definition/parse-definition';
import * as fc from 'fast-check';
import { execute, parse, type ExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';

import type { MirrorReader } from '../loaders/mirror-reads.ts';
import { Operation } from '../loaders/operation.ts';
import { compileSchema } from './compile-schema.ts';
import { UNLIMITED_ACCESS } from '../resolve/unlimited-access.ts';

const SDL = `
  type Query {
    cars(first: Int, after: String): CarConnection! @topic(name: "cars")
    trips(id: ID!, from: Int, to: Int, first: Int, after: String, last: Int, before: String): CarConnection
      @topic(name: "trips", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
  }
  type CarConnection { edges: [CarEdge] pageInfo: PageInfo! }
  type CarEdge { cursor: String! node: Car }
  type Car { id: Int! ownerId: ID owner: Owner @topic(name: "owners", keyField: "ownerId") }
  type Owner { name: String }
`;
const definition = parseDefinition(SDL);
const schema = compileSchema({
  definition,
  topicOf: ({ topic: name }): TopicEntry => ({
    name,
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
    partitions: 3,
  }),
  follow: () => {
    throw new Error('no subscriptions here');
  },
});
const FIELDS =
  'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: number } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Cars in a mirror that returns at most `pageMax` at once. A cursor is `c` and the id. */
class Cars implements MirrorReader {
  readonly reads: string[] = [];
  readonly #count: number;
  readonly #pageMax: number;

  constructor(count: number, pageMax = Infinity) {
    this.#count = count;
    this.#pageMax = pageMax;
  }

  batchGet: MirrorReader['batchGet'] = async (topic, keys) => {
    this.reads.push(`${topic.name} ${keys.join(' ')}`);
    return keys.map((key) => `{"name":${key}}`);
  };
  list: MirrorReader['list'] = () => {
    throw new Error('a page never needs a whole list');
  };
  range: MirrorReader['range'] = () => Promise.resolve({ items: [], next: null });
  listEdges: MirrorReader['listEdges'] = async ({ name }, { limit, cursor }) => {
    this.reads.push(`${name} ${limit} ${cursor ?? ''}`);
    return this.#page(this.#ids(cursor, undefined), limit);
  };
  rangeEdges: MirrorReader['rangeEdges'] = async ({ name }, key, query) => {
    const { limit = 0, reverse = false, after, before, cursor, from, to } = query;
    this.reads.push(`${name} ${key} ${from ?? ''}-${to ?? ''} ${limit} ${reverse}`);
    const ids = this.#ids(after, before);
    const inOrder = reverse ? ids.toReversed() : ids;
    const start = cursor === undefined ? 0 : inOrder.indexOf(idOf(cursor)) + 1;
    return this.#page(inOrder.slice(start), limit);
  };

  #ids(after: string | undefined, before: string | undefined): number[] {
    const all = Array.from({ length: this.#count }, (_, id) => id);
    const last = before === undefined ? Infinity : idOf(before);
    return all.filter((id) => (after === undefined || id > idOf(after)) && id < last);
  }

  #page(ids: readonly number[], limit: number): EdgePage {
    const taken = ids.slice(0, Math.min(limit, this.#pageMax));
    const next = taken.length === ids.length ? null : `c${taken.at(-1)}`;
    const valueOf = (id: number): string => `{"id":${id},"ownerId":"o${id % 4}"}`;
    return { edges: taken.map((id) => ({ cursor: `c${id}`, valueJson: valueOf(id) })), next };
  }
}

function idOf(cursor: string): number {
  if (!/^c\d+$/.test(cursor)) {
    throw new AppError('BAD_CURSOR', 'The cursor was not issued here.');
  }
  return Number(cursor.slice(1));
}

async function ask(cars: MirrorReader, query: string): Promise<ExecutionResult> {
  const operation = new Operation({
    rest: { call: () => Promise.reject(new Error('nothing is fetched here')) },
    headers: {},
    mirrors: cars,
    writer: { write: () => Promise.reject(new Error('nothing is written here')) },
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    listItemsMax: 100,
    resultValuesMax: 1_000_000,
    bytesMax: 67_108_864,
    positions: new Map(),
  });
  return await execute({
    schema,
    document: parse(query),
    contextValue: { operation, access: UNLIMITED_ACCESS },
  });
}

async function connectionOf(cars: MirrorReader, field: string): Promise<Connection> {
  const { data, errors } = await ask(cars, `{ at: ${field} { ${FIELDS} } }`);
  expect(errors).toBeUndefined();
  return data?.['at'] as Connection;
}

const range = (args: string): string => `trips(id: "a", from: 1, to: 9, ${args})`;
const idsOf = ({ edges }: Connection): number[] => edges.map(({ node }) => node.id);

describe('a connection', () => {
  test('returns a complete list page by page, however few items a mirror returns at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (count, size, pageMax) => {
          const cars = new Cars(count, pageMax);
          const ids: number[] = [];
          let after: string | null = null;
          for (let isMore = true; isMore;) {
            const cursor: string = JSON.stringify(after);
            const page: Connection = await connectionOf(
              cars,
              `cars(first: ${size}, after: ${cursor})`,
            );
            expect(page.edges.length).toBe(Math.min(size, count - ids.length));
            expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
            ids.push(...idsOf(page));
            isMore = page.pageInfo.hasNextPage;
            after = page.pageInfo.endCursor;
          }
          expect(ids).toEqual(Array.from({ length: count }, (_, id) => id));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('of a range is read from its end too, in the same order', async () => {
    const cars = new Cars(10, 3);
    const first = await connectionOf(cars, range('first: 4'));
    expect(idsOf(first)).toEqual([0, 1, 2, 3]);
    expect(first.pageInfo).toEqual({
      ...{ hasNextPage: true, hasPreviousPage: false },
      ...{ startCursor: 'c0', endCursor: 'c3' },
    });
    const last = await connectionOf(cars, range('last: 4'));
    expect(idsOf(last)).toEqual([6, 7, 8, 9]);
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const before = await connectionOf(cars, range('last: 9, before: "c6"'));
    expect(idsOf(before)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(idsOf(await connectionOf(cars, range('last: 2, after: "c1", before: "c6"')))).toEqual([
      4, 5,
    ]);
    expect(idsOf(await connectionOf(cars, range('first: 2, after: "c1", before: "c3"')))).toEqual([
      2,
    ]);
    expect(cars.reads[0]).toBe('trips "a" 1-9 5 false');
  });

  test('has 100 edges by default, and reads one more', async () => {
    const cars = new Cars(3_000);
    expect((await connectionOf(cars, 'cars')).edges).toHaveLength(100);
    expect((await connectionOf(cars, 'cars(first: 1000)')).edges).toHaveLength(1_000);
    const none = await connectionOf(cars, 'cars(first: 0)');
    expect(none).toEqual({
      edges: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
    // A mirror's page has 1,000 items at most.
    expect(cars.reads).toEqual(['cars 101 ', 'cars 1000 ', 'cars 1 c999', 'cars 1 ']);
  });

  test.each([
    ['cars(first: -1)', 'Expected first to be 0 to 1000, found -1.'],
    ['cars(first: 1001)', 'Expected first to be 0 to 1000, found 1001.'],
    [range('last: 1001'), 'Expected last to be 0 to 1000, found 1001.'],
    [range('first: 1, last: 1'), 'Expected first or last, found both. Send only one of them.'],
  ])('%s is rejected before anything is read', async (field, message) => {
    const cars = new Cars(3);
    const { errors } = await ask(cars, `{ ${field} { edges { cursor } } }`);
    const cause = errors?.[0]?.originalError;
    expect(cause).toMatchObject({ code: 'BAD_PAGE', message });
    expect(cars.reads).toEqual([]);
  });

  test('reads joins below its edges in one batch, and equal joins once', async () => {
    const cars = new Cars(6);
    const query =
      '{ a: cars(first: 5) { edges { node { owner { name } } } } b: cars(first: 5) { pageInfo { hasNextPage } } }';
    const { data, errors } = await ask(cars, query);
    expect(errors).toBeUndefined();
    expect(cars.reads).toEqual(['cars 6 ', 'owners "o0" "o1" "o2" "o3"']);
    expect(JSON.stringify(data)).toContain('{"node":{"owner":{"name":"o3"}}}');
  });

  test('fails only the node whose value is not JSON', async () => {
    const cars = new Cars(0);
    cars.listEdges = () =>
      Promise.resolve({
        edges: [
          { cursor: 'a', valueJson: '{"id":1}' },
          { cursor: 'b', valueJson: '{' },
        ],
        next: null,
      });
    const { data, errors } = await ask(cars, '{ cars { edges { cursor node { id } } } }');
    expect(JSON.parse(JSON.stringify(data))).toEqual({
      cars: {
        edges: [
          { cursor: 'a', node: { id: 1 } },
          { cursor: 'b', node: null },
        ],
      },
    });
    expect(errors?.map(({ path }) => path?.join('.'))).toEqual(['cars.edges.1.node']);
  });
});
