import { once } from 'node:events';

import { readConfig } from '@quicksilver/common/config/option';
import type { Answer } from '@quicksilver/testkit/http-call';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

const SDL = `
  type Query {
    item(id: ID!, in: In, one: One): Item @topic(name: "items", keyArgument: "id")
    items(ids: [ID!]!): [Item] @topic(name: "items", keyArgument: "ids")
    pages(first: Int, after: String): ItemConnection @topic(name: "items")
  }
  type ItemConnection { edges: [Edge] pageInfo: PageInfo }
  type Edge { node: Item cursor: String }
  input In { id: ID ids: [ID] n: Long in: In json: JSON }
  input One @oneOf { a: ID b: Long }
  type Subscription { item(id: ID): Item @topic(name: "items", keyArgument: "id") }
  type Item { color: String count: Int }`;
const BIG = '12345678901234567890123';

let network: MemoryNetwork;
beforeAll(async () => {
  network = await MemoryNetwork.start({
    topics: [
      {
        name: 'items',
        keyType: 'STRING',
        records: [
          ['"a"', '{"color":"red","count":"many"}'],
          ['"number"', '5'],
          [`"${BIG}"`, '{"color":"blue"}'],
        ],
      },
    ],
    schema: SDL,
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
});
afterAll(() => network[Symbol.asyncDispose]());

/** Variables are JSON text, whose numbers keep their digits. */
const textOf = (query: string, variables = '{}', more: object = {}): string =>
  JSON.stringify({ query, ...more, variables: 0 }).replace(/0\}$/, `${variables}}`);

const post = (body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  network.ask({}, { json: undefined, body, headers });

/** A WebSocket that keeps its messages. */
async function open(protocol: string) {
  const socket = new WebSocket(`ws://${network.address}/graphql`, [protocol]);
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (text) => {
    messages.push(JSON.parse((text as Buffer).toString()) as Record<string, unknown>);
  });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await expect.poll(() => messages.map(({ type }) => type)).toContain('connection_ack');
  const start = protocol === 'graphql-ws' ? 'start' : 'subscribe';
  return {
    messages,
    socket,
    start: (id: string, payload: string) =>
      socket.send(`{"id":"${id}","type":"${start}","payload":${payload}}`),
    of: (id: string) => expect.poll(() => messages.filter((message) => message['id'] === id)),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

const PROTOCOLS = ['graphql-transport-ws', 'graphql-ws'];
const lists = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('variables', () => {
  const QUERY = 'query ($in: In) { item(id: "a", in: $in) { color } }';

  test.each([
    ['in a list', 'query ($v: [ID!]!) { items(ids: $v) { color } }', `{"v":["${BIG}",${BIG}]}`],
    ['for a list', 'query ($v: [ID!]!) { items(ids: $v) { color } }', `{"v":${BIG}}`],
    ['alone', 'query ($v: ID!) { item(id: $v) { color } }', `{"v":${BIG}}`],
  ])('an ID may be a number of any size: %s', async (_where, query, variables) => {
    const { text } = await post(textOf(query, variables));
    expect(text).toContain('{"color":"blue"}');
    expect(text).not.toContain('null');
  });

  test.each([
    `{"in":${BIG}}`,
    `{"in":{"in":${BIG}}}`,
    `{"in":{"id":[${BIG}]}}`,
    `{"in":{"n":${BIG}}}`,
    `{"in":{"id":{"n":${BIG}}}}`,
  ])('an error shows a number as the client sent it: %s', async (variables) => {
    const answer = await post(textOf(QUERY, variables));
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(answer.text).toContain(BIG);
    expect(answer.text).not.toMatch(/\(number\)|rawJSON|\[object/);
  });

  test.each([65, 3_000, 5_000, 20_000, 200_000])(
    'row 102: of %i levels are rejected over HTTP with 400',
    async (levels) => {
      for (const more of ['', `,"n":${BIG}`]) {
        const answer = await post(textOf(QUERY, `{"in":{"json":${lists(levels - 1)}${more}}}`));
        expect(answer.status).toBe(400);
        expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_DEEP' } }] });
      }
    },
  );

  test.each(PROTOCOLS)('too many levels end only their operation of %s', async (protocol) => {
    using client = await open(protocol);
    client.start('kept', textOf('subscription { item { color } }'));
    for (const levels of [65, 3_000, 5_000, 20_000]) {
      client.start(`deep${levels}`, textOf(QUERY, `{"in":{"json":${lists(levels - 1)}}}`));
      await client
        .of(`deep${levels}`)
        .toMatchObject([{ type: 'error', payload: expect.anything() }]);
      expect(JSON.stringify(client.messages.at(-1))).toContain('TOO_DEEP');
    }
    client.start('sixtyfour', textOf(QUERY, `{"in":{"json":${lists(63)}}}`));
    await client.of('sixtyfour').toMatchObject([{ payload: { data: {} } }, { type: 'complete' }]);
    await network.write('items', '"new"', '{"color":"green"}');
    await client.of('kept').toMatchObject([{ payload: { data: { item: { color: 'green' } } } }]);
  });

  test.each(PROTOCOLS)('an operation of %s that did not run has no data', async (protocol) => {
    using client = await open(protocol);
    client.start('1', textOf(QUERY, '{"in":5}'));
    await expect.poll(() => JSON.stringify(client.messages)).toContain('BAD_USER_INPUT');
    expect(JSON.stringify(client.messages)).not.toContain('"data":null');
  });

  test('a subscription may have a number as the ID of its key', async () => {
    using client = await open('graphql-transport-ws');
    client.start(
      '1',
      textOf('subscription ($id: ID) { item(id: $id) { color } }', `{"id":${BIG}}`),
    );
    await expect.poll(() => network.metric('gateway_feed_subscribers')).toBeGreaterThan(0);
    await network.write('items', '"other"', '{"color":"black"}');
    await network.write('items', `"${BIG}"`, '{"color":"white"}');
    await client.of('1').toMatchObject([{ payload: { data: { item: { color: 'white' } } } }]);
  });
});

describe('errors of requests', () => {
  test.each([
    ['subscription ($a: Boolean!) { item @skip(if: $a) { color } }', '@skip'],
    ['subscription ($a: Boolean!) { ... @include(if: $a) { item { color } } }', '@include'],
    [
      'subscription ($a: Boolean!) { ...F } fragment F on Subscription { item @include(if: $a) { color } }',
      '@include',
    ],
  ])('a condition at the root of a subscription is invalid: %s', async (query, directive) => {
    const answer = await post(textOf(query, '{"a":true}'), { accept: 'text/event-stream' });
    expect(answer.text).toContain(`A subscription cannot have ${directive} at its root.`);
    expect(answer.text).toContain('GRAPHQL_VALIDATION_FAILED');
  });

  test('conditions below the root of a subscription are valid', async () => {
    using client = await open('graphql-transport-ws');
    const query = 'subscription ($a: Boolean!) { item { color @skip(if: $a) count: color } }';
    client.start('1', textOf(query, '{"a":true}'));
    await expect.poll(() => network.metric('gateway_feed_subscribers')).toBeGreaterThan(0);
    await network.write('items', '"c"', '{"color":"black"}');
    await client.of('1').toMatchObject([{ payload: { data: { item: { count: 'black' } } } }]);
  });

  test.each([
    ['query ($id: ID = "a") { item(id: $id) { color } }', '{"id":null}', 'BAD_USER_INPUT'],
    [
      'query ($a: ID) { item(id: "a", one: { a: $a }) { color } }',
      '{"a":1}',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'query ($one: One) { item(id: "a", one: $one) { color } }',
      '{"one":{"a":null}}',
      'BAD_USER_INPUT',
    ],
    ['{ item(id: "a") { count } }', '{}', 'SCHEMA_MISMATCH'],
    ['{ item(id: "number") { count } }', '{}', 'SCHEMA_MISMATCH'],
  ])('%s with %s is %s', async (query, variables, code) => {
    expect((await post(textOf(query, variables))).json()).toMatchObject({
      errors: [{ extensions: { code } }],
    });
  });

  test('an unknown operation is named', async () => {
    const query = 'query A { item(id: "a") { color } } query B { item(id: "b") { color } }';
    const payload = textOf(query, '{}', { operationName: 'C' });
    const error = {
      message: 'Unknown operation named "C".',
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    };
    const answer = await post(payload);
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({ errors: [error] });
    using client = await open('graphql-transport-ws');
    client.start('1', payload);
    await client.of('1').toEqual([{ id: '1', type: 'error', payload: [error] }]);
  });

  test('an operationName that is no text is an error of the request', async () => {
    const answer = await post('{"query":"{ __typename }","operationName":5}');
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }],
    });
  });

  test('an empty cursor is the start', async () => {
    const pages = async (args: string): Promise<unknown> =>
      (
        await post(textOf(`{ pages(${args}) { edges { cursor } pageInfo { hasPreviousPage } } }`))
      ).json();
    expect(await pages('first: 1, after: ""')).toEqual(await pages('first: 1'));
  });
});

test.each([
  [
    'application/json;q=0.1, application/graphql-response+json',
    'application/graphql-response+json',
  ],
  ['application/graphql-response+json;q=0.1, application/json', 'application/json'],
  ['text/event-stream, application/json;q=0.5', 'text/event-stream'],
  ['text/html;q=0.1, application/json', 'application/json'],
])('a response has the type with the largest weight: %s', async (accept, type) => {
  const answer = await post(textOf('{ item(id: "a") { color } }'), { accept });
  expect(answer.headers['content-type']).toContain(type);
  const query = encodeURIComponent('{ item(id: "a") { color } }');
  const got = await network.get(`/graphql?query=${query}`, { accept });
  expect(got.headers['content-type']).toContain(type);
});

test('a type of weight 0 is not accepted', async () => {
  const accept = 'application/json;q=0, application/graphql-response+json;q=0';
  expect((await post(textOf('{ item(id: "a") { color } }'), { accept })).status).toBe(406);
});
