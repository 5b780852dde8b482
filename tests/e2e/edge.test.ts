import { SERVICES_TOPIC, type ServiceEntry } from '@quicksilver/contracts/control/service-entry';
import { removeService, writeService } from '@quicksilver/contracts/control/write-service';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import type { ServiceProcess } from '@quicksilver/testkit/service-process';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { writeUntilReceived } from './clients/follow.ts';
import { JOINED_DATA, JOINED_QUERY, openShop, type Shop } from './clients/shop.ts';

const DEADLINE_MS = 90_000;

/** Unique: all runs of this broker share the topic of the services. */
const GATEWAY = uniqueTopic('shop');
const POOL = uniqueTopic('pool');

describe('the edge in front of a gateway, a mirror and ingest', () => {
  let shop: Shop;
  let edge: ServiceProcess;
  const closing = new AsyncDisposableStack();

  beforeAll(async () => {
    shop = closing.use(await openShop());
    await publish(gatewayAt([shop.network.gateway.address]), {
      kind: 'mirror',
      name: POOL,
      version: 1,
      topics: shop.network.topics.map((topic) => ({ topic })),
      addresses: [shop.network.mirror(productsOf(shop)).address],
      copies: 1,
    });
    edge = await shop.network.startEdge();
  });
  afterAll(async () => {
    await publish({ kind: 'mirror', name: POOL }, { kind: 'gateway', name: GATEWAY });
    await closing.disposeAsync();
  });

  const graphqlUrl = (): string => `${edge.url}/gateway/${GATEWAY}/graphql`;
  const ask = async (): Promise<unknown> => {
    const answer = await call(graphqlUrl(), { json: { query: JOINED_QUERY } });
    expect(answer.status, answer.text).toBe(200);
    return (answer.json() as { data: unknown }).data;
  };

  test('a query by POST has the answer of the gateway', async () => {
    expect(await ask()).toEqual(JOINED_DATA);
  });

  test('records are written and looked up through the one port, whatever is in their key', async () => {
    const topic = productsOf(shop);
    for (const key of ['plain', 'a/b', 'ä+ %2F', '.hidden', 'keys:batchGet']) {
      const url = `${edge.url}/ingest/${topic}`;
      const written = await call(url, { json: { key, value: { name: key } } });
      expect(written.status, written.text).toBe(201);
      const position = written.headers['x-quick-position'] ?? '';
      const lookup = `${edge.url}/topics/${topic}/keys/${encodeURIComponent(key)}`;
      const headers = { 'x-quick-min-position': position };
      const read = await call(lookup, { headers });
      expect(read.status, read.text).toBe(200);
      expect(read.json()).toEqual({ name: key });
      const removed = await call(`${url}/${encodeURIComponent(key)}`, { method: 'DELETE' });
      expect(removed.status, removed.text).toBe(200);
    }
  });

  test('errors of the services come through as they are', async () => {
    const missing = await call(`${edge.url}/topics/${productsOf(shop)}/keys/nobody`);
    expect(missing.status).toBe(404);
    expect(missing.json()).toMatchObject({ errorCode: 'KEY_NOT_FOUND' });
    const unknown = await call(`${edge.url}/ingest/nothing-here`, { json: { key: 'k', value: 1 } });
    expect(unknown.json()).toMatchObject({
      errorCode: 'TOPIC_NOT_FOUND',
      uriPath: '/nothing-here',
    });
  });

  test.each(['the edge’s own page', 'no page'])(
    'a subscription over a WebSocket of %s brings every change in order and once',
    async (origin) => {
      const headers = origin === 'no page' ? {} : { origin: edge.url };
      const client = createSocketClient({
        url: graphqlUrl().replace('http', 'ws'),
        webSocketImpl: class extends WebSocket {
          constructor(address: string, protocols: string[]) {
            super(address, protocols, { headers });
          }
        },
        retryAttempts: 0,
      });
      const id = uniqueTopic('ws');
      const heard: { amount: number }[] = [];
      const stream = client.iterate<{ purchase: { amount: number } }>({
        query: 'subscription ($id: ID!) { purchase(id: $id) { amount } }',
        variables: { id },
      });
      const following = (async () => {
        for await (const { data } of stream) {
          heard.push(...(data ? [data.purchase] : []));
        }
      })();
      const expected = await writeUntilReceived(shop, { id, productId: 'p1' }, () => heard);
      expect(heard.map((event) => event.amount)).toEqual(expected);
      await stream.return?.(undefined);
      await following;
      await client.dispose();
    },
  );

  test('a subscription over server-sent events brings every change in order and once', async () => {
    const client = createSseClient({ url: graphqlUrl(), retryAttempts: 0 });
    const heard: { amount: number }[] = [];
    const stream = client.iterate<{ purchase: { amount: number } }>({
      query: 'subscription { purchase(id: "sse-edge") { amount } }',
    });
    const following = (async () => {
      for await (const { data } of stream) {
        heard.push(...(data ? [data.purchase] : []));
      }
    })();
    const purchase = { id: 'sse-edge', productId: 'p1' };
    const expected = await writeUntilReceived(shop, purchase, () => heard);
    expect(heard.map((event) => event.amount)).toEqual(expected);
    await stream.return?.(undefined);
    await following;
    client.dispose();
  });

  test('a gateway that moves, stops and is deleted is followed without a restart', async () => {
    await publish(gatewayAt([]));
    const status = async (expected: number): Promise<void> => {
      await eventually(async () => {
        expect((await call(graphqlUrl(), { json: { query: '{ __typename }' } })).status).toBe(
          expected,
        );
      }, DEADLINE_MS);
    };
    await status(503);
    await publish({ kind: 'gateway', name: GATEWAY });
    await status(404);
    await publish(gatewayAt(['127.0.0.1:1', shop.network.gateway.address]));
    await status(200);
    for (let at = 0; at < 4; at += 1) {
      expect(await ask()).toEqual(JOINED_DATA);
    }
  });
});

function productsOf(shop: Shop): string {
  return shop.network.topics[0] ?? '';
}

function gatewayAt(addresses: string[]): ServiceEntry {
  return { kind: 'gateway', name: GATEWAY, version: 1, schema: null, addresses };
}

/** As the manager does it. An entry without content says that the service is gone. */
async function publish(
  ...entries: (ServiceEntry | Pick<ServiceEntry, 'kind' | 'name'>)[]
): Promise<void> {
  const client = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'test-edge',
    requestTimeoutMs: 10_000,
    decompressedBytesMax: 67_108_864,
  });
  const [admin, sink] = [client.admin(), client.sink()];
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const options = { admin, sink, topic: SERVICES_TOPIC, replicationFactor: 1, signal };
  try {
    for (const entry of entries) {
      await ('version' in entry ? writeService(entry, options) : removeService(entry, options));
    }
  } finally {
    await Promise.all([admin.close(), sink.close()]);
  }
}
