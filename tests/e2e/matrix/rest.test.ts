import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

import { REMEDIES } from '@quicksilver/common/errors/remedies';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const HEARD_MS = 90_000;
const orders = uniqueTopic('orders');
const products = uniqueTopic('products');

/** What the REST service was asked, in order. */
const requests: string[] = [];
const headers: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    requests.push(`${request.method} ${request.url}${body}`);
    headers.push(request.headers);
    answer(response, request, body);
  });
});
let network: TestNetwork;

function answer(
  response: ServerResponse,
  { url = '', headers: sent }: IncomingMessage,
  body: string,
): void {
  if (url.startsWith('/customers/me')) {
    response.end(JSON.stringify({ id: sent.authorization, points: 0 }));
  } else if (url.startsWith('/customers/ada')) {
    response.end('{"id":"ada","points":9007199254740993,"favourite":1}');
  } else if (url === '/notes') {
    response.end(body);
  } else if (url.startsWith('/customers/broken')) {
    response.writeHead(500).end('out of order');
  } else {
    response.writeHead(404).end();
  }
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  network = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: orders }, { name: products, keyType: 'LONG' }],
    schema: `
      type Query {
        customer(id: ID!, fields: String): Customer @rest(url: "http://${host}/customers")
        order(id: ID!): Order @topic(name: "${orders}", keyArgument: "id")
        all: [Order!]! @topic(name: "${orders}")
        profile(id: ID!): Profile
      }
      type Mutation {
        note(note: NoteInput!): Note @rest(url: "http://${host}/notes", httpMethod: POST, bodyParameter: "note")
      }
      type Subscription { orders: Order @topic(name: "${orders}") }
      type Profile {
        customer: Customer @rest(url: "http://${host}/customers", pathParameter: ["id"])
        lastOrder: Order @topic(name: "${orders}", keyArgument: "id")
      }
      type Customer { id: ID! points: Long! favourite: Long product: Product @topic(name: "${products}", keyField: "favourite") }
      type Order { id: ID! buyer(id: ID! = "ada"): Customer @rest(url: "http://${host}/customers") }
      type Product { name: String! }
      input NoteInput { text: String! size: Long }
      type Note { text: String! size: Long }`,
    env: {
      gateway: {
        QUICK_REST_ALLOWED_HOSTS: host,
        QUICK_REST_FORWARDED_HEADERS: 'authorization',
      },
    },
  });
  await Promise.all([
    network.post(products, { key: 1, value: { name: 'Tea' } }),
    ...['a', 'b', 'c', 'ada'].map((id) => network.post(orders, { key: id, value: { id } })),
  ]);
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  server.close();
});
beforeEach(() => {
  requests.length = 0;
  headers.length = 0;
});

async function ask(query: string, sent: Record<string, string> = {}) {
  const got = await call(`${network.gateway.url}/graphql`, { json: { query }, headers: sent });
  return { text: got.text, body: got.json() };
}

test('the records are there, and a join below the answer of a REST service', async () => {
  await eventually(async () => {
    const { body } = await ask('{ all { id } customer(id: "ada") { product { name } } }');
    expect(body).toMatchObject({
      data: { all: { length: 4 }, customer: { product: { name: 'Tea' } } },
    });
  }, HEARD_MS);
});

test('a REST service beside topics, below the same root argument and above a join', async () => {
  const { text } = await ask(
    '{ profile(id: "ada") { customer { points product { name } } lastOrder { id } } }',
    { authorization: 'Bearer 1', 'x-api-key': 'of-ours', cookie: 'a=b' },
  );
  expect(text).toBe(
    '{"data":{"profile":{"customer":{"points":9007199254740993,"product":{"name":"Tea"}},"lastOrder":{"id":"ada"}}}}',
  );
  expect(requests).toEqual(['GET /customers/ada']);
  expect(headers[0]).toMatchObject({ authorization: 'Bearer 1' });
  expect(headers[0]).not.toHaveProperty('x-api-key');
  expect(headers[0]).not.toHaveProperty('cookie');
});

test('I-G2: 50 queries each of two users, all at once, get what the service answers to their own headers', async () => {
  const query = '{ customer(id: "me") { id } order(id: "a") { id buyer(id: "me") { id } } }';
  const users = Array.from({ length: 100 }, (_none, at) => `user ${at % 2}`);
  const answers = await Promise.all(
    users.map(async (authorization) => (await ask(query, { authorization })).body),
  );
  expect(answers).toEqual(
    users.map((id) => ({ data: { customer: { id }, order: { id: 'a', buyer: { id } } } })),
  );
  expect(requests).toEqual(users.map(() => 'GET /customers/me'));
});

test('the same call of one operation is made once, a call of a mutation each time', async () => {
  await ask(
    '{ all { buyer { id } } again: all { buyer { id } } customer(id: "ada", fields: "a&b") { id } }',
  );
  expect(requests.toSorted()).toEqual(['GET /customers/ada', 'GET /customers/ada?fields=a%26b']);
  requests.length = 0;
  const { text } = await ask(
    'mutation { a: note(note: {text: "é", size: "9007199254740993"}) { text size } b: note(note: {text: "é", size: "9007199254740993"}) { text } }',
  );
  expect(text).toBe('{"data":{"a":{"text":"é","size":9007199254740993},"b":{"text":"é"}}}');
  expect(requests).toEqual(Array(2).fill('POST /notes{"text":"é","size":9007199254740993}'));
});

test('what is not there is null, and what is wrong fails its field with a code and the words of the service', async () => {
  const { body } = await ask(
    '{ none: customer(id: "none") { id } broken: customer(id: "broken") { id } away: customer(id: "../admin") { id } }',
  );
  expect(body).toMatchObject({
    data: { none: null, broken: null, away: null },
    errors: expect.arrayContaining([
      expect.objectContaining({
        path: ['broken'],
        message: 'REST service responded with code 500',
        extensions: {
          code: 'UPSTREAM_BAD_RESPONSE',
          retry: 'later',
          help: REMEDIES.UPSTREAM_BAD_RESPONSE,
          'REST error message': 'out of order',
        },
      }),
      expect.objectContaining({
        path: ['away'],
        extensions: expect.objectContaining({ code: 'BAD_REQUEST' }),
      }),
    ]),
  });
  expect(requests.toSorted()).toEqual(['GET /customers/broken', 'GET /customers/none']);
});

test('each event of a subscription asks the service once', async () => {
  const client = createClient({ url: `${network.gateway.url}/graphql`, retryAttempts: 0 });
  const heard: unknown[] = [];
  const following = (async () => {
    const query = 'subscription { orders { id buyer { id } same: buyer { points } } }';
    for await (const result of client.iterate({ query })) {
      heard.push(result);
      if (heard.length === 2) {
        break;
      }
    }
  })();
  await eventually(async () => {
    const labels = { topic: orders };
    expect(await readMetric(network.gateway, 'gateway_feed_subscribers', labels)).toBe(1);
  }, HEARD_MS);
  await network.post(orders, { key: 'd', value: { id: 'd' } });
  await network.post(orders, { key: 'e', value: { id: 'e' } });
  await following;
  client.dispose();
  expect(heard).toHaveLength(2);
  expect(heard[0]).toMatchObject({ data: { orders: { buyer: { id: 'ada' } } } });
  expect(requests).toEqual(['GET /customers/ada', 'GET /customers/ada']);
});
