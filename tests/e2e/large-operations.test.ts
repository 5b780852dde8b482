import { readFile } from 'node:fs/promises';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { rawRequest, RawConnection } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SocketClient } from './bad-input/socket-client.ts';

const ITEMS = 10_000;
const LINES = 1_000;
const LEVELS = 8;
const SMALL_QUERIES = 10;
const WAIT_MS = 90_000;

/** Work of the gateway and of the mirror, as counters of both processes. */
interface Work {
  /** Slices of long lists. */
  readonly turns: number;
  /** Requests that the mirror has answered. */
  readonly requests: number;
}

describe('a large operation', () => {
  const topic = uniqueTopic('large');
  let network: TestNetwork;
  /** What the operation takes if its client stays. */
  let whole: Work;

  const level = (depth: number): string =>
    depth === 0 ? 'id' : `id a b c d next { ${level(depth - 1)} }`;
  const LARGE = `{ items { ${level(LEVELS)} } }`;
  const body = JSON.stringify({ query: LARGE });

  const work = async (): Promise<Work> => ({
    turns: await readMetric(network.gateway, 'gateway_operation_turns_total'),
    requests: await readMetric(network.mirror(topic), 'mirror_query_seconds_count'),
  });
  const running = (): Promise<number> => readMetric(network.gateway, 'gateway_operations');
  const small = async (): Promise<void> => {
    const query = '{ item(id: "1") { a } }';
    const { text } = await call(`${network.gateway.url}/graphql`, { json: { query } });
    expect(text).toBe('{"data":{"item":{"a":1}}}');
  };
  const large = (): Promise<Answer> =>
    call(`${network.gateway.url}/graphql`, {
      body,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });

  const fill = async (): Promise<void> => {
    for (let start = 0; start < ITEMS; start += LINES) {
      const lines = Array.from({ length: LINES }, (_, at) => {
        const id = String(start + at);
        const value = {
          id,
          a: start + at,
          b: 2,
          c: 3,
          d: 4,
          nextId: String((start + at + 1) % ITEMS),
        };
        return `${JSON.stringify({ key: id, value })}\n`;
      });
      const headers = { 'content-type': 'application/x-ndjson' };
      const answer = await network.postBytes(topic, lines.join(''), headers);
      expect(answer.status).toBe(207);
    }
    await eventually(async () => {
      const answer = await call(`${network.gateway.url}/graphql`, {
        json: { query: '{ items { id } }' },
      });
      expect(answer.json()).toMatchObject({ data: { items: { length: ITEMS } } });
    }, WAIT_MS);
  };
  const measure = async (): Promise<Work> => {
    const before = await work();
    const answer = await large();
    expect(answer.text.slice(0, 100)).toMatch(/^\{"data":\{"items":/);
    const after = await work();
    const total = { turns: after.turns - before.turns, requests: after.requests - before.requests };
    expect(total.turns).toBeGreaterThan(100);
    expect(total.requests).toBeGreaterThan(ITEMS / 500);
    return total;
  };

  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic }],
      schema: `
        type Query {
          items: [Item] @topic(name: "${topic}")
          item(id: ID!): Item @topic(name: "${topic}", keyArgument: "id")
        }
        type Item {
          id: ID a: Int b: Int c: Int d: Int nextId: ID
          next: Item @topic(name: "${topic}", keyField: "nextId")
        }`,
      env: { gateway: { QUICK_TOPIC_SIZE_REFRESH_MS: '86400000' } },
    });
    await fill();
    whole = await measure();
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const http = (accept: string) => async (): Promise<() => Promise<void>> => {
    const connection = await RawConnection.open(network.gateway.address);
    const headers: [string, string][] = [
      ['Content-Type', 'application/json'],
      ['Accept', accept],
    ];
    await connection.send(rawRequest({ path: '/graphql', headers, body }));
    return async () => {
      connection.destroy();
      await connection.closed();
    };
  };
  const socket =
    (leave: (client: SocketClient) => Promise<void>) => async (): Promise<() => Promise<void>> => {
      const client = await SocketClient.ready(network.gateway.address);
      client.subscribe('1', LARGE);
      return () => leave(client);
    };

  const completes = async (client: SocketClient): Promise<void> => {
    client.say({ id: '1', type: 'complete' });
    await eventually(async () => expect(await running()).toBe(0), WAIT_MS);
    // A later operation of the same socket still runs.
    client.subscribe('2', '{ item(id: "2") { a } }');
    await client.heard(({ id, type }) => id === '2' && type === 'complete');
    expect(client.messages.filter(({ id }) => id === '1')).toEqual([]);
    client.socket.close();
    await client.closed;
  };
  const legacySocket = async (): Promise<() => Promise<void>> => {
    const old = { protocols: ['graphql-ws'], path: '/graphql-ws' };
    const client = await SocketClient.ready(network.gateway.address, old);
    client.say({ id: '1', type: 'start', payload: { query: LARGE } });
    return async () => {
      client.say({ id: '1', type: 'stop' });
      await eventually(async () => expect(await running()).toBe(0), WAIT_MS);
      expect(client.messages.filter(({ id }) => id === '1')).toEqual([
        { id: '1', type: 'complete' },
      ]);
      client.socket.close();
      await client.closed;
    };
  };

  test.each([
    ['closes its HTTP connection', http('application/json')],
    ['closes its event stream', http('text/event-stream')],
    ['completes its operation on a WebSocket', socket(completes)],
    ['stops its operation on a WebSocket of the older protocol', legacySocket],
    [
      'closes its WebSocket',
      socket(async (client) => {
        client.socket.terminate();
        await client.closed;
      }),
    ],
  ])('stops if its client %s', async (_how, begin) => {
    const before = await work();
    const leave = await begin();
    await eventually(async () => {
      expect((await work()).turns).toBeGreaterThan(before.turns);
    }, WAIT_MS);
    await leave();
    await eventually(async () => expect(await running()).toBe(0), WAIT_MS);
    // Both processes now do what other clients ask for, and nothing else.
    const after = await eventually(async () => {
      const idle = await work();
      await small();
      const next = await work();
      expect(next).toEqual({ turns: idle.turns, requests: idle.requests + 1 });
      return next;
    }, WAIT_MS);
    // Two whole runs differ by a few turns.
    expect(after.turns - before.turns).toBeLessThan(whole.turns * 0.9);
    // A plan sends the requests of one level at once. Those of small operations come on top.
    expect(after.requests - before.requests).toBeLessThanOrEqual(whole.requests + 2);
    // Errors are what someone must act on, which no client can cause.
    const lines = (await readFile(network.gateway.logFile, 'utf8')).split('\n');
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test('lets the small operations of other clients run between its slices', async () => {
    const before = await work();
    const answer = large();
    await eventually(async () => {
      expect((await work()).turns).toBeGreaterThan(before.turns);
    }, WAIT_MS);
    const begin = await work();
    for (let at = 0; at < SMALL_QUERIES; at += 1) {
      await small();
    }
    const end = await work();
    // The large operation has gone on meanwhile, and has not ended.
    expect(await running()).toBe(1);
    expect(end.turns - begin.turns).toBeGreaterThan(0);
    expect((await answer).status).toBe(200);
    expect((await work()).turns).toBeGreaterThan(end.turns);
  });
});
