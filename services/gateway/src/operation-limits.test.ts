import { readConfig } from '@quicksilver/common/config/option';
import { eventually } from '@quicksilver/testkit/eventually';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

const ITEMS = 2_000;
const SDL = `
  type Query {
    items: [Item!] @topic(name: "items")
    pages(first: Int, after: String): ItemConnection @topic(name: "items")
  }
  type ItemConnection { edges: [Edge] pageInfo: PageInfo }
  type Edge { node: Item cursor: String }
  type Item {
    id: ID
    text: String
    json: JSON
    one: Int
    two: Int
    three: Int
  }`;
/** A small document that the estimate of its cost allows. */
const manyLists = (fields: string): string =>
  `{ ${Array.from({ length: 10 }, (_, at) => `a${at}: items { ${fields} }`).join(' ')} }`;

let network: MemoryNetwork;
beforeAll(async () => {
  const text = 'x'.repeat(100);
  network = await MemoryNetwork.start({
    topics: [
      {
        name: 'items',
        keyType: 'STRING',
        records: Array.from({ length: ITEMS }, (_, at) => {
          return [`"${at}"`, JSON.stringify({ id: String(at), text, json: { text } })];
        }),
      },
    ],
    schema: SDL,
    env: {
      gateway: {
        QUICK_QUERY_COST_MAX: '120000',
        QUICK_RESULT_VALUES_MAX: '60000',
        QUICK_OPERATION_BYTES_MAX: '1000000',
        QUICK_OPERATION_TIMEOUT_MS: '60000',
      },
    },
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
});
afterAll(() => network[Symbol.asyncDispose]());

const ask = async (query: string): Promise<unknown> => (await network.ask({ query })).json();

const mirrorRequests = (): Promise<number> => network.metric('gateway_mirror_seconds_count');
const refusals = (): Promise<number> => network.metric('gateway_refused_operations_total');

test('an operation whose estimate is over the limit is refused before it reads', async () => {
  await eventually(async () => expect(await network.metric('gateway_topic_values')).toBe(ITEMS));
  const [requests, refused] = [await mirrorRequests(), await refusals()];
  const query = manyLists('id one two three text json');
  expect(await ask(query)).toEqual({
    errors: [
      {
        message: `The result may contain ${10 * ITEMS * 7} values, but the limit is 120000 (QUICK_QUERY_COST_MAX of a gateway). Topic items has ${ITEMS} values. Select fewer fields, fewer keys or a smaller page.`,
        locations: expect.anything(),
        extensions: { code: 'QUERY_TOO_COMPLEX' },
      },
    ],
  });
  expect(await mirrorRequests()).toBe(requests);
  expect(await refusals()).toBe(refused + 1);
});

test('a list that the operation leaves out costs nothing', async () => {
  const fields = 'id one two three text json';
  const lists = Array.from(
    { length: 10 },
    (_, at) => `a${at}: items @include(if: $all) { ${fields} }`,
  );
  const query = `query ($all: Boolean!) { __typename ${lists.join(' ')} }`;
  const run = async (all: boolean): Promise<unknown> =>
    (await network.ask({ query, variables: { all } })).json();
  expect(await run(false)).toEqual({ data: { __typename: 'Query' } });
  expect(await run(true)).toMatchObject({
    errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }],
  });
});

test('a result with too many values is refused as a whole, with one error', async () => {
  expect(await ask(manyLists('id one two three'))).toEqual({
    errors: [
      {
        message:
          'The result has more than 60000 values, the limit (QUICK_RESULT_VALUES_MAX of a gateway). Select fewer fields, fewer keys or a smaller page.',
        extensions: expect.objectContaining({ code: 'QUERY_TOO_COMPLEX', retry: 'never' }),
      },
    ],
  });
  expect(await ask('{ items { id } }')).toMatchObject({ data: { items: { length: ITEMS } } });
});

test.each(['text', 'json'])('a result with too many bytes of %s is refused', async (field) => {
  expect(await ask(manyLists(field))).toEqual({
    errors: [
      {
        message:
          'The operation returns more than 1000000 bytes, the limit (QUICK_OPERATION_BYTES_MAX of a gateway). Select fewer fields, fewer keys or a smaller page.',
        extensions: expect.objectContaining({ code: 'TOO_MANY_ITEMS', retry: 'never' }),
      },
    ],
  });
});

test('an operation that reads too many bytes of mirrors is refused', async () => {
  const pages = Array.from({ length: 6 }, (_, at) => `p${at}: pages(first: ${990 + at})`);
  const query = `{ ${pages.map((page) => `${page} { edges { node { id } } }`).join(' ')} }`;
  expect(await ask(query)).toMatchObject({
    errors: [{ message: expect.stringContaining('reads more than 1000000 bytes') }],
  });
});
