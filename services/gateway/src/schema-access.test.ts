import { once } from 'node:events';

import { readConfig } from '@quicksilver/common/config/option';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { digestOf } from '@quicksilver/common/http/api-key-ring';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { TokenIssuer } from '@quicksilver/testkit/token-issuer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

const SDL = `
  type Query {
    order(id: ID!): Order @topic(name: "orders", keyArgument: "id")
    orders: [Order] @topic(name: "orders")
    ordersByKey(ids: [ID!]!): [Order] @topic(name: "orders", keyArgument: "ids")
    pages(first: Int, after: String): OrderConnection @topic(name: "orders")
    myOrders: [Order] @topic(name: "orders", whereField: "owner", whereClaim: "sub")
    myPages(first: Int, after: String): OrderConnection
      @topic(name: "orders", whereField: "owner", whereClaim: "sub")
    me: User @topic(name: "users", keyClaim: "sub")
    secret: [Secret] @topic(name: "users")
    required: Secret! @topic(name: "users", keyClaim: "sub")
  }
  type Subscription {
    orders: Order @topic(name: "orders")
    mine: Order @topic(name: "orders", whereField: "owner", whereClaim: "sub")
    me: User @topic(name: "users", keyClaim: "sub")
    guarded: Order @topic(name: "orders") @requiresScopes(scopes: [["orders:follow"]])
  }
  type OrderConnection { edges: [OrderEdge] pageInfo: PageInfo! }
  type OrderEdge { node: Order cursor: String! }
  type Order {
    id: ID
    owner: ID
    price: Int @requiresScopes(scopes: [["orders:read", "prices:read"], ["audit"]])
    user: User @topic(name: "users", keyField: "owner") @authenticated
  }
  type User { name: String }
  type Secret @requiresScopes(scopes: [["audit"]]) { name: String }`;

const ADMIN_KEY = 'a-key-of-the-admin-0123456789abcdef';
const PAGE_KEY = 'a-key-of-a-web-page-0123456789abcdef';
const TOPIC_KEY = 'a-key-of-one-topic-0123456789abcdef';
const BANK_KEY = 'a-key-of-another-gateway-0123456789ab';

let issuer: TokenIssuer;
let network: MemoryNetwork;
const ends = new AsyncDisposableStack();
beforeAll(async () => {
  issuer = ends.use(await TokenIssuer.create());
  network = ends.use(
    await MemoryNetwork.start({
      topics: [
        {
          name: 'orders',
          keyType: 'STRING',
          records: [
            ['"1"', '{"id":"1","owner":"ada","price":10}'],
            ['"2"', '{"id":"2","owner":"bob","price":20}'],
          ],
        },
        {
          name: 'users',
          keyType: 'STRING',
          records: [
            ['"ada"', '{"name":"Ada"}'],
            ['"bob"', '{"name":"Bob"}'],
          ],
        },
      ],
      schema: SDL,
      env: {
        gateway: {
          ...issuer.env,
          QUICK_APIKEY: ADMIN_KEY,
          QUICK_PEER_KEY: 'a-key-among-services-0123456789abcdef',
          QUICK_JWT_CLOCK_TOLERANCE_SECONDS: '0',
        },
      },
      gateway: (env, sdl, kafka) => {
        const service = assembleGateway(
          readConfig(gatewayOptions, env),
          { sdl },
          { kafka, log: silentLog },
        );
        const keys = service.parts.find((part) => part instanceof ApiKeys);
        const limits = [
          ['page', PAGE_KEY, { right: 'read' }],
          ['topic', TOPIC_KEY, { right: 'read', topics: ['orders'] }],
          ['bank', BANK_KEY, { right: 'read', gateways: ['bank'] }],
        ] as const;
        keys?.useScoped(
          limits.map(([name, key, grant]) => ({
            name,
            grants: [grant],
            scopes: [],
            digests: [{ sha256: digestOf(key) }],
          })),
        );
        return service;
      },
    }),
  );
});
afterAll(() => ends.disposeAsync());

type Headers = Readonly<Record<string, string>>;
const bearer = async (claims: object, seconds?: number): Promise<Headers> => ({
  Authorization: `Bearer ${await issuer.token({ ...claims }, seconds)}`,
});
const key = (text: string): Headers => ({ 'X-API-Key': text });

async function ask(query: string, headers: Headers): Promise<unknown> {
  return (await network.ask({ query }, { headers })).json();
}

const denied = (...path: readonly (string | number)[]): object =>
  expect.objectContaining({
    path,
    extensions: expect.objectContaining({ code: 'FORBIDDEN' }) as unknown,
  }) as object;

test('a denied field is null with FORBIDDEN and its path, and the others have their values', async () => {
  const query = '{ order(id: "1") { id price user { name } } }';
  expect(await ask(query, key(PAGE_KEY))).toEqual({
    data: { order: { id: '1', price: null, user: null } },
    errors: [denied('order', 'price'), denied('order', 'user')],
  });
  expect(await ask(query, await bearer({ sub: 'eve' }))).toEqual({
    data: { order: { id: '1', price: null, user: { name: 'Ada' } } },
    errors: [denied('order', 'price')],
  });
  const all = { data: { order: { id: '1', price: 10, user: { name: 'Ada' } } } };
  expect(await ask(query, await bearer({ scope: 'orders:read prices:read' }))).toEqual(all);
  expect(await ask(query, await bearer({ scope: 'audit' }))).toEqual(all);
  expect(await ask(query, key(ADMIN_KEY))).toEqual(all);
});

test('a directive of a type applies to lists, pages and fields that cannot be null', async () => {
  expect(await ask('{ secret { name } }', key(PAGE_KEY))).toEqual({
    data: { secret: null },
    errors: [denied('secret')],
  });
  expect(await ask('{ required { name } }', await bearer({ sub: 'ada' }))).toEqual({
    data: null,
    errors: [denied('required')],
  });
  expect(await ask('{ pages { edges { node { id price } } } }', key(PAGE_KEY))).toMatchObject({
    data: { pages: { edges: [{ node: { price: null } }, { node: { price: null } }] } },
    errors: [
      denied('pages', 'edges', 0, 'node', 'price'),
      denied('pages', 'edges', 1, 'node', 'price'),
    ],
  });
});

test('a key from a claim needs no argument, and no argument can replace it', async () => {
  expect(await ask('{ me { name } }', await bearer({ sub: 'bob' }))).toEqual({
    data: { me: { name: 'Bob' } },
  });
  for (const headers of [key(ADMIN_KEY), await bearer({})]) {
    expect(await ask('{ me { name } }', headers)).toEqual({
      data: { me: null },
      errors: [denied('me')],
    });
  }
});

test('only records whose field equals the claim are in lists and pages', async () => {
  const query = '{ myOrders { id } myPages(first: 10) { edges { node { id } } } }';
  expect(await ask(query, await bearer({ sub: 'bob' }))).toEqual({
    data: { myOrders: [{ id: '2' }], myPages: { edges: [{ node: { id: '2' } }] } },
  });
  expect(await ask(query, await bearer({ sub: 'eve' }))).toEqual({
    data: { myOrders: [], myPages: { edges: [] } },
  });
  expect(await ask(query, key(PAGE_KEY))).toMatchObject({
    data: { myOrders: null, myPages: null },
  });
});

test('a key that is limited to topics reads only fields of these topics', async () => {
  const query = '{ orders { id } secret { name } }';
  expect(await ask(query, key(TOPIC_KEY))).toMatchObject({
    data: { orders: [{ id: '1' }, { id: '2' }], secret: null },
  });
});

test('a key of another gateway, a wrong token and an expired one are refused', async () => {
  const status = async (headers: Headers): Promise<number> =>
    (await network.ask({ query: '{ orders { id } }' }, { headers })).status;
  expect(await status(key(BANK_KEY))).toBe(403);
  expect(await status({ Authorization: 'Bearer a.b.c' })).toBe(401);
  expect(await status(await bearer({}, -1))).toBe(401);
  expect(await status({ ...key('wrong'), ...(await bearer({})) })).toBe(401);
  expect(await status({ ...key(PAGE_KEY), ...(await bearer({})) })).toBe(200);
  expect(await status({ Authorization: `Bearer ${PAGE_KEY}` })).toBe(200);
  expect(await status({ Authorization: 'Basic YTpi', ...key(PAGE_KEY) })).toBe(200);
});

/** The messages of each protocol. */
const PROTOCOLS = [
  { name: 'graphql-transport-ws', start: 'subscribe', data: 'next' },
  { name: 'graphql-ws', start: 'start', data: 'data' },
];

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

async function connect(name: string, payload: object) {
  const socket = new WebSocket(`ws://${network.address}/graphql`, [name]);
  const messages: Message[] = [];
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => [code, String(reason)]);
  socket.on('message', (text) => messages.push(JSON.parse((text as Buffer).toString()) as Message));
  await once(socket, 'open');
  const say = (message: object): void => socket.send(JSON.stringify(message));
  say({ type: 'connection_init', payload });
  return { socket, messages, closed, say };
}

test.each(PROTOCOLS)('over $name each event is checked', async ({ name, start, data }) => {
  const { socket, messages, say } = await connect(name, await bearer({ sub: 'ada' }));
  await expect.poll(() => messages.map(({ type }) => type)).toContain('connection_ack');
  for (const field of ['orders', 'mine', 'guarded']) {
    const query = `subscription { ${field} { id price } }`;
    say({ id: field, type: start, payload: { query } });
  }
  const results = (id: string): readonly unknown[] =>
    messages.filter((each) => each.id === id && each.type === data).map(({ payload }) => payload);
  await expect
    .poll(() => JSON.stringify(messages.filter(({ id }) => id === 'guarded')))
    .toContain('FORBIDDEN');
  await expect
    .poll(async () => {
      await network.write('orders', '"3"', '{"id":"3","owner":"bob","price":1}');
      await network.write('orders', '"4"', '{"id":"4","owner":"ada","price":1}');
      return Math.min(results('orders').length, results('mine').length);
    })
    .toBeGreaterThan(1);
  expect(results('orders')[0]).toMatchObject({
    data: { orders: { price: null } },
    errors: [{ path: ['orders', 'price'], extensions: { code: 'FORBIDDEN' } }],
  });
  for (const result of results('mine')) {
    expect(result).toMatchObject({ data: { mine: { id: '4', price: null } } });
  }
  expect(results('guarded').filter((each) => JSON.stringify(each).includes('price'))).toEqual([]);
  socket.terminate();
});

test.each(PROTOCOLS)('over $name a socket is closed when its token expires', async ({ name }) => {
  // A slow machine may need longer than the first tokens are valid.
  for (let seconds = 2; ; seconds *= 2) {
    const { messages, closed } = await connect(name, await bearer({}, seconds));
    const result = await closed;
    if (messages.some(({ type }) => type === 'connection_ack')) {
      expect(result).toEqual([4403, 'The credentials expired']);
      return;
    }
    expect(seconds).toBeLessThan(100);
  }
});

test('a socket without right is refused', async () => {
  for (const payload of [{}, key(BANK_KEY), { Authorization: 'Bearer a.b.c' }]) {
    const { closed } = await connect('graphql-transport-ws', payload);
    expect(await closed).toEqual([4403, 'Forbidden']);
  }
});

test('an event stream ends with an error when its token expires', async () => {
  const follow = async (seconds: number): Promise<Response> =>
    fetch(`http://${network.address}/graphql`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(await bearer({ sub: 'ada' }, seconds)),
      },
      body: JSON.stringify({ query: 'subscription { me { name } }' }),
      signal: AbortSignal.timeout(60_000),
    });
  let seconds = 2;
  let response = await follow(seconds);
  while (response.status === 401 && seconds < 100) {
    seconds *= 2;
    response = await follow(seconds);
  }
  expect(await response.text()).toContain('UNAUTHENTICATED');
});
