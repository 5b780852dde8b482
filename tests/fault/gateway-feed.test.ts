import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import type { ProxyMode } from '@quicksilver/testkit/proxy-mode';
import type { ToggleProxy } from '@quicksilver/testkit/toggle-proxy';
import { afterAll, assert, beforeAll, describe, expect, test } from 'vitest';

import { SocketClient } from '../e2e/bad-input/socket-client.ts';

const SUBSCRIBERS = 20;
const KEYS = ['a', 'b', 'c', 'd'];
const WRITES = 400;

interface Event {
  readonly key: string;
  readonly seq: number;
}

/** Only the gateway's connections to the broker are bad here; those of the writer are not. */
describe('a bad network between the gateway and the broker', () => {
  const topic = uniqueTopic('feed-network');
  let broker: OwnBroker;
  let proxy: ToggleProxy;
  let network: TestNetwork;
  beforeAll(async () => {
    const { jarsDir } = testBroker();
    broker = await OwnBroker.start({ jarsDir, proxies: 1 });
    const [only] = broker.proxies;
    assert(only !== undefined);
    proxy = only;
    network = await TestNetwork.start({
      broker: { bootstrapServer: broker.bootstrapServer, jarsDir },
      topics: [{ name: topic }],
      mirrors: [],
      schema: `
        type Query { ok: [Int] @topic(name: "ok") }
        type Subscription {
          all: Event @topic(name: "${topic}")
          one(key: ID!): Event @topic(name: "${topic}", keyArgument: "key")
        }
        type Event { key: ID! seq: Int! }
      `,
      env: { gateway: { QUICK_KAFKA_REQUEST_TIMEOUT_MS: '1500', QUICK_FEED_LINGER_MS: '0' } },
      kafkaFor: { gateway: proxy.address },
    });
  });
  afterAll(async () => {
    await network[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  });

  const eventsOf = (client: SocketClient): Event[] =>
    client.messages
      .filter(({ type }) => type === 'next')
      .map(({ payload }) => Object.values((payload as { data: Record<string, Event> }).data)[0])
      .filter((event) => event !== undefined);

  test.each<readonly [ProxyMode, ProxyMode]>([
    ['reset', 'reset'],
    ['blackhole', 'half_open'],
    ['stall', 'refuse'],
  ])(
    'I-S1: through %j and %j every subscriber gets every record once and in order',
    async (...cuts) => {
      const clients = await Promise.all(
        Array.from({ length: SUBSCRIBERS }, () => SocketClient.ready(network.gateway.address)),
      );
      clients.forEach((client, at) => {
        const key = KEYS[at % (KEYS.length + 1)];
        const query = key === undefined ? 'all { key seq }' : `one(key: "${key}") { key seq }`;
        client.subscribe('1', `subscription { ${query} }`);
      });
      await eventually(async () => {
        expect(await readMetric(network.gateway, 'gateway_feed_subscribers')).toBe(SUBSCRIBERS);
      }, 90_000);
      for (let seq = 0; seq < WRITES; seq += 1) {
        const cut = cuts[Math.floor((seq * cuts.length) / WRITES)] ?? 'pass';
        if (seq % (WRITES / cuts.length) === 50) {
          await proxy.set(cut);
        }
        const key = KEYS[seq % KEYS.length] ?? '';
        const answer = await network.post(topic, { key, value: { key, seq } });
        expect(answer.status).toBe(201);
        if (seq % (WRITES / cuts.length) === 150) {
          await proxy.set('pass');
        }
      }
      const written = Array.from({ length: WRITES }, (_, seq) => ({
        key: KEYS[seq % KEYS.length] ?? '',
        seq,
      }));
      await eventually(() => {
        clients.forEach((client, at) => {
          const key = KEYS[at % (KEYS.length + 1)];
          const events = eventsOf(client);
          // Order holds within a key, since a key has one partition.
          for (const each of KEYS) {
            const expected = written.filter(
              (event) => event.key === each && (key ?? each) === each,
            );
            expect(events.filter((event) => event.key === each)).toEqual(expected);
          }
        });
      }, 90_000);
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await eventually(async () => {
        expect(await readMetric(network.gateway, 'gateway_feed_subscribers')).toBe(0);
      }, 90_000);
    },
  );
});
