import { once } from 'node:events';
import { connect } from 'node:net';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { eventually } from '@quicksilver/testkit/eventually';
import { rawRequest } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import type { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { newGraphqlTopics, openGraphqlNetwork } from './graphql-shop.ts';
import { closeCodeOf, textFrame } from './raw-frames.ts';
import { SocketClient } from './socket-client.ts';

/** A client of this process that answers late must not be taken for one that does not answer. */
const PING_MS = 6_000;
const INIT = { type: 'connection_init' };
const subscribe = (id: unknown, query = 'subscription { items { id } }'): object => ({
  id,
  type: 'subscribe',
  payload: { query },
});

describe('bad input to the gateway over WebSocket and SSE', () => {
  const topics = newGraphqlTopics();
  let network: TestNetwork;
  let address: string;
  beforeAll(async () => {
    network = await openGraphqlNetwork(topics, {
      QUICK_WEBSOCKET_PING_MS: String(PING_MS),
      QUICK_FEED_LINGER_MS: '0',
      QUICK_SUBSCRIPTION_QUEUE_ITEMS_MAX: '20',
      QUICK_ALLOWED_ORIGINS: 'https://app.example',
    });
    address = network.gateway.address;
    await put('a', { id: 'a', name: 'A' });
  });
  afterAll(() => network[Symbol.asyncDispose]());

  async function put(key: string, value: unknown): Promise<void> {
    const answer = await network.post(topics.items, { key, value });
    expect(answer.status, answer.text).toBe(201);
  }
  async function serveGood(): Promise<void> {
    await using client = await SocketClient.ready(address);
    client.subscribe('1', '{ ok }');
    expect(await client.heard(({ type }) => type === 'next')).toEqual({
      id: '1',
      type: 'next',
      payload: { data: { ok: null } },
    });
    await client.heard(({ type }) => type === 'complete');
  }
  const subscribers = (): Promise<number> =>
    readMetric(network.gateway, 'gateway_feed_subscribers');
  const untilSubscribers = (count: number): Promise<void> =>
    eventually(async () => expect(await subscribers()).toBe(count), 90_000);

  test.each([
    ['an unknown one', 4406, ['mqtt']],
    ['one that only sounds like ours', 4406, ['graphql-ws-2', 'GRAPHQL-WS']],
  ])('row 115: %s is closed with %i', async (_what, code, protocols) => {
    // The client library rejects a response without its protocol, so the test reads bytes.
    const headers: [string, string][] = [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ...protocols.map((name): [string, string] => ['Sec-WebSocket-Protocol', name]),
    ];
    expect(await closeCodeOf(rawRequest({ path: '/graphql', headers }), address)).toBe(code);
    await serveGood();
  });

  test('row 115: a client that names no subprotocol uses the older one', async () => {
    await using client = await SocketClient.ready(address, { protocols: [], path: '/graphql-ws' });
    client.say({ type: 'start', id: 1, payload: { query: '{ __typename }' } });
    await client.heard(({ type }) => type === 'complete');
    expect(client.messages.find(({ type }) => type === 'data')).toEqual({
      id: 1,
      type: 'data',
      payload: { data: { __typename: 'Query' } },
    });
  });

  test('row 115: of several subprotocols the new one is taken, wherever it stands', async () => {
    for (const path of ['/graphql', '/graphql-ws']) {
      for (const [protocols, taken] of [
        [['graphql-ws', 'graphql-transport-ws'], 'graphql-transport-ws'],
        [['mqtt', 'graphql-ws'], 'graphql-ws'],
      ] as const) {
        await using client = await SocketClient.ready(address, { protocols, path });
        expect(client.socket.protocol).toBe(taken);
      }
    }
  });

  test.each([
    ['a second connection_init', [INIT, INIT], 4429],
    ['subscribe before the acknowledgement', [subscribe('1')], 4401],
    ['an unknown type', [INIT, { type: 'start' }], 4400],
    ['no type', [INIT, {}], 4400],
    ['no payload', [INIT, { id: '1', type: 'subscribe' }], 4400],
    ['no id', [INIT, { type: 'subscribe', payload: { query: '{ ok }' } }], 4400],
    ['an empty id', [INIT, subscribe('')], 4400],
    [
      'a query that is a number',
      [INIT, { id: '1', type: 'subscribe', payload: { query: 5 } }],
      4400,
    ],
    [
      'variables that are a text',
      [INIT, { id: '1', type: 'subscribe', payload: { query: '{ ok }', variables: 'x' } }],
      4400,
    ],
    ['an array', [INIT, []], 4400],
  ])('row 116: %s is closed as the protocol says', async (_what, messages, code) => {
    await using client = await SocketClient.open(address);
    for (const message of messages) {
      client.say(message);
    }
    expect((await client.closed).code).toBe(code);
    await untilSubscribers(0);
    await serveGood();
  });

  test('row 116: an id that is in use is closed with 4409', async () => {
    await using client = await SocketClient.ready(address);
    client.say(subscribe('1'));
    client.say(subscribe('1'));
    expect((await client.closed).code).toBe(4409);
    await untilSubscribers(0);
    await serveGood();
  });

  test('row 116: no connection_init within three seconds is closed with 4408', async () => {
    await using client = await SocketClient.open(address);
    expect((await client.closed).code).toBe(4408);
  });

  test.each([
    ['a binary message', Buffer.from(JSON.stringify(INIT)), true],
    ['no JSON', '{"type":', false],
  ])('row 116: %s is closed with 4400', async (_what, data, binary) => {
    await using client = await SocketClient.open(address);
    client.socket.send(data, { binary });
    expect((await client.closed).code).toBe(4400);
    await serveGood();
  });

  test.each([
    ['https://evil.example', 403],
    ['null', 403],
    ['http://[', 403],
  ])('row 118: a page of %s gets %i', async (origin, status) => {
    const client = new SocketClient(address, { origin });
    const [, response] = (await once(client.socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ];
    expect(response.statusCode).toBe(status);
    client.socket.terminate();
    await serveGood();
  });

  test('row 118: pages of this host and of those that are allowed connect', async () => {
    for (const origin of [`http://${address}`, 'https://app.example']) {
      await using client = await SocketClient.ready(address, { origin });
      expect(client.messages).toHaveLength(1);
    }
  });

  test('row 120: a message of 64 KiB passes, one byte more is closed with 1009', async () => {
    await using client = await SocketClient.ready(address);
    const message = (bytes: number): string => {
      const start = '{"type":"ping","payload":{"x":"';
      return `${start}${'x'.repeat(bytes - start.length - 3)}"}}`;
    };
    client.socket.send(message(65_536));
    await client.heard(({ type }) => type === 'pong');
    client.socket.send(message(65_537));
    expect((await client.closed).code).toBe(1009);
    await serveGood();
  });

  test('row 120: compression is not agreed to, so that no message can unfold', async () => {
    await using client = await SocketClient.ready(address, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe('');
  });

  test('row 121: a flood of messages is read slowly, and the socket stays open', async () => {
    await using client = await SocketClient.ready(address);
    for (let at = 0; at < 1_000; at += 1) {
      client.subscribe(String(at), 'subscription { items { id } }');
      client.say({ id: String(at), type: 'complete' });
    }
    client.subscribe('last', '{ item(id: "a") { id } }');
    await client.heard(({ id, type }) => id === 'last' && type === 'next');
    await untilSubscribers(0);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    await serveGood();
  });

  test('row 121: more operations at a time than a socket may run are refused', async () => {
    await using client = await SocketClient.ready(address);
    for (let at = 0; at <= 100; at += 1) {
      client.subscribe(String(at), 'subscription { items { id } }');
    }
    const { payload } = await client.heard(({ type }) => type === 'error');
    expect(payload).toMatchObject([{ extensions: { code: 'OVERLOADED' } }]);
    await untilSubscribers(100);
  });

  test('rows 120, 121 and 123: the old graphql-ws is held to the same frames, rate and pings', async () => {
    const old = { protocols: ['graphql-ws'], path: '/graphql-ws' };
    const start = (id: string, query: string): object => ({
      id,
      type: 'start',
      payload: { query },
    });
    await using large = await SocketClient.ready(address, old);
    large.socket.send('x'.repeat(65_537));
    expect((await large.closed).code).toBe(1009);
    await using binary = await SocketClient.ready(address, old);
    binary.socket.send(Buffer.from('{}'), { binary: true });
    expect((await binary.closed).code).toBe(4400);
    await using many = await SocketClient.ready(address, old);
    for (let at = 0; at <= 100; at += 1) {
      many.say(start(String(at), 'subscription { items { id } }'));
    }
    const { payload } = await many.heard(({ type }) => type === 'error');
    expect(payload).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    await untilSubscribers(100);
    // More than a burst, however much of it has come back since.
    for (let at = 0; at < 1_000; at += 1) {
      many.say({ id: '0', type: 'stop' });
    }
    many.say(start('last', '{ item(id: "a") { id } }'));
    await many.heard(({ id, type }) => id === 'last' && type === 'data');
    await many[Symbol.asyncDispose]();
    await using silent = await SocketClient.ready(address, { ...old, autoPong: false });
    silent.say(start('1', 'subscription { items { id } }'));
    expect((await silent.closed).code).toBe(1006);
    await untilSubscribers(0);
    await serveGood();
  });

  test('row 122: a client that never reads is cut off, and what waits for it is bounded', async () => {
    const raw = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
    await once(raw, 'connect');
    const closed = once(raw, 'close');
    raw.on('error', () => {});
    const headers: [string, string][] = [
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ['Sec-WebSocket-Protocol', 'graphql-transport-ws'],
    ];
    raw.write(rawRequest({ path: '/graphql', headers }));
    await once(raw, 'data');
    raw.pause();
    raw.write(textFrame(JSON.stringify(INIT)));
    raw.write(textFrame(JSON.stringify(subscribe('1', 'subscription { items { name } }'))));
    await untilSubscribers(1);
    const dropped = (): Promise<number> =>
      readMetric(network.gateway, 'gateway_feed_dropped_total');
    const before = await dropped();
    const name = 'x'.repeat(500_000);
    await eventually(async () => {
      await put('big', { id: 'big', name });
      expect((await subscribers()) === 0 || (await dropped()) > before).toBe(true);
    }, 90_000);
    await untilSubscribers(0);
    raw.resume();
    await closed;
    await serveGood();
  });

  test('row 123: a client that does not answer pings is cut off', async () => {
    await using client = await SocketClient.ready(address, { autoPong: false });
    client.subscribe('1', 'subscription { items { id } }');
    await untilSubscribers(1);
    expect((await client.closed).code).toBe(1006);
    await untilSubscribers(0);
  });

  test.each([
    [
      'eleven levels',
      `subscription { items ${'{ next '.repeat(9)}{ id ${'} '.repeat(10)}}`,
      'DEPTH',
    ],
    ['1,001 tokens', `subscription { items { ${'id '.repeat(999)}} }`, 'TOKENS'],
    ['1,001 tokens in a query', `{ ${'ok '.repeat(999)}}`, 'TOKENS'],
    ['no GraphQL', '{', 'GRAPHQL_PARSE_FAILED'],
    ['a field that is not there', 'subscription { nothing { id } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('row 124: %s are refused as over HTTP', async (_what, query, code) => {
    await using client = await SocketClient.ready(address);
    client.subscribe('1', query);
    const { payload } = await client.heard(({ type }) => type === 'error');
    expect(payload).toMatchObject([{ extensions: { code } }]);
    client.subscribe('1', '{ ok }');
    await client.heard(({ type }) => type === 'complete');
  });

  test('row 125: a subscription to a topic that is deleted gets an error and ends', async () => {
    const kafka = createKafkaClient('platformatic', {
      bootstrapServers: [network.broker.bootstrapServer],
      clientId: 'bad-input',
      requestTimeoutMs: 10_000,
      decompressedBytesMax: 67_108_864,
    });
    const gone = newGraphqlTopics();
    await using other = await openGraphqlNetwork(gone, { QUICK_FEED_LINGER_MS: '0' });
    await using client = await SocketClient.ready(other.gateway.address);
    client.subscribe('1', 'subscription { items { id } }');
    await eventually(async () => {
      expect(await readMetric(other.gateway, 'gateway_feed_subscribers')).toBe(1);
    }, 90_000);
    const admin = kafka.admin();
    await admin.delete(gone.items, AbortSignal.timeout(90_000));
    await admin.close();
    const { id, payload } = await client.heard(({ type }) => type === 'error');
    expect(id).toBe('1');
    expect(payload).toMatchObject([{ extensions: { code: 'TOPIC_NOT_FOUND' } }]);
  });

  test('row 127: a client of server-sent events gets signs of life, and its leaving is noticed', async () => {
    const raw = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
    let received = '';
    raw.on('data', (chunk: Buffer) => (received += chunk.toString()));
    raw.write(
      rawRequest({
        path: '/graphql',
        headers: [
          ['Content-Type', 'application/json'],
          ['Accept', 'text/event-stream'],
        ],
        body: JSON.stringify({ query: 'subscription { items { name } }' }),
      }),
    );
    await untilSubscribers(1);
    await put('sse', { id: 'sse', name: 'event' });
    await eventually(() => {
      const text = received.replaceAll(/\r\n[\da-f]+\r\n/g, '');
      expect(text).toContain('HTTP/1.1 200');
      expect(text).toContain('cache-control: no-cache');
      expect(text).toContain(':\n\n');
      expect(text).toContain('event: next\ndata: {"data":{"items":{"name":"event"}}}');
    }, 90_000);
    raw.destroy();
    await untilSubscribers(0);
    await serveGood();
  });

  test('row 127: a client of server-sent events that closes its half of the connection is let go', async () => {
    const raw = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
    const ended = once(raw, 'end');
    raw.resume();
    raw.write(
      rawRequest({
        path: '/graphql',
        headers: [
          ['Content-Type', 'application/json'],
          ['Accept', 'text/event-stream'],
        ],
        body: JSON.stringify({ query: 'subscription { items { name } }' }),
      }),
    );
    await untilSubscribers(1);
    raw.end();
    await untilSubscribers(0);
    expect(await ended).toEqual([]);
    await serveGood();
  });
});
