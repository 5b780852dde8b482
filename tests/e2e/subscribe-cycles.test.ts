import { connect } from 'node:net';

import { runTool } from '@quicksilver/local-kafka/run-tool';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { rawRequest } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SocketClient } from './bad-input/socket-client.ts';

const CYCLES = 1_000;
const CLIENTS = 10;
const SUBSCRIPTION = 'subscription { items { id } }';

describe('subscribing and leaving', () => {
  const topic = uniqueTopic('cycles');
  let network: TestNetwork;
  let address: string;
  beforeAll(async () => {
    network = await TestNetwork.start({
      broker: testBroker(),
      topics: [{ name: topic }],
      schema: `
        type Query { items: [Item] @topic(name: "${topic}") ok(id: ID = "none"): Int @topic(name: "${topic}", keyArgument: "id") }
        type Subscription {
          items: Item @topic(name: "${topic}")
          item(id: ID!): Item @topic(name: "${topic}", keyArgument: "id")
        }
        type Item { id: ID }
      `,
      env: {
        gateway: { QUICK_FEED_LINGER_MS: '0', QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX: '10000' },
      },
    });
    address = network.gateway.address;
  });
  afterAll(() => network[Symbol.asyncDispose]());

  const metric = (name: string, labels?: Readonly<Record<string, string>>): Promise<number> =>
    readMetric(network.gateway, name, labels);
  const held = async (): Promise<Readonly<Record<string, number>>> => ({
    files: await metric('process_open_fds'),
    timers: await metric('nodejs_active_resources', { type: 'Timeout' }),
    connections: await metric('nodejs_active_resources', { type: 'TCPSocketWrap' }),
    subscribers: await metric('gateway_feed_subscribers'),
    sockets: await metric('gateway_websockets'),
  });

  /** Ways to come and go; each resolves when its client is gone. */
  const ways: readonly (() => Promise<void>)[] = [
    async function completesWhatItSubscribed() {
      await using client = await SocketClient.ready(address);
      client.subscribe('1', SUBSCRIPTION);
      client.subscribe('2', '{ ok }');
      await client.heard(({ id, type }) => id === '2' && type === 'complete');
      client.say({ id: '1', type: 'complete' });
      client.subscribe('3', '{ ok }');
      await client.heard(({ id, type }) => id === '3' && type === 'complete');
      client.socket.close();
      await client.closed;
    },
    async function completesBeforeAnythingHappened() {
      await using client = await SocketClient.ready(address);
      client.subscribe('1', 'subscription { item(id: "a") { id } }');
      client.say({ id: '1', type: 'complete' });
      client.socket.close();
      await client.closed;
    },
    async function vanishes() {
      await using client = await SocketClient.ready(address);
      client.subscribe('1', SUBSCRIPTION);
      client.socket.terminate();
      await client.closed;
    },
    async function speaksTheOldProtocol() {
      const old = { protocols: ['graphql-ws'], path: '/graphql-ws' };
      await using client = await SocketClient.ready(address, old);
      client.say({ id: '1', type: 'start', payload: { query: SUBSCRIPTION } });
      client.say({ id: '2', type: 'start', payload: { query: SUBSCRIPTION } });
      client.say({ id: '3', type: 'start', payload: { query: '{ ok }' } });
      await client.heard(({ id, type }) => id === '3' && type === 'complete');
      client.say({ id: '1', type: 'stop' });
      await client.heard(({ id, type }) => id === '1' && type === 'complete');
      client.say({ type: 'connection_terminate' });
      await client.closed;
    },
    async function readsServerSentEventsAndLeaves() {
      const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
      const isAnswered = new Promise<void>((resolve, reject) => {
        socket.once('data', () => resolve());
        socket.once('error', reject);
      });
      const headers: [string, string][] = [
        ['Content-Type', 'application/json'],
        ['Accept', 'text/event-stream'],
      ];
      const body = JSON.stringify({ query: SUBSCRIPTION });
      socket.write(rawRequest({ path: '/graphql', headers, body }));
      await isAnswered;
      socket.destroy();
    },
  ];

  test('I-S3: a thousand times leaves no consumer group, socket or timer behind', async () => {
    const groupsBefore = await consumerGroups();
    for (const way of ways) {
      await way();
    }
    const before = await eventually(async () => {
      const now = await held();
      expect(now).toMatchObject({ subscribers: 0, sockets: 0 });
      return now;
    }, 90_000);
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let at = client; at < CYCLES; at += CLIENTS) {
          await ways[at % ways.length]?.();
        }
      }),
    );
    await eventually(async () => {
      const after = await held();
      expect(after).toMatchObject({ subscribers: 0, sockets: 0 });
      for (const [name, count] of Object.entries(before)) {
        expect({ name, tooMany: Math.max(0, (after[name] ?? 0) - count - 3) }).toEqual({
          name,
          tooMany: 0,
        });
      }
    }, 90_000);
    expect(newOf(await consumerGroups(), groupsBefore)).toEqual([]);
    const answer = await call(`http://${address}/graphql`, { json: { query: '{ ok }' } });
    expect(answer.text).toBe('{"data":{"ok":null}}');
  });
});

/** As Kafka's own tool lists them. */
async function consumerGroups(): Promise<readonly string[]> {
  const { bootstrapServer, jarsDir } = testBroker();
  const { stdout } = await runTool({
    jarsDir,
    mainClass: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
    args: ['--bootstrap-server', bootstrapServer, '--list'],
  });
  // Kafka's console consumers belong to the tests that run beside this one.
  return stdout
    .toString()
    .split('\n')
    .filter((group) => group !== '' && !group.startsWith('console-'));
}

function newOf(now: readonly string[], before: readonly string[]): string[] {
  return now.filter(
    (group) =>
      group.includes('gateway') || group.includes('subscription') || !before.includes(group),
  );
}
