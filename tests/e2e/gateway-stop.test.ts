import { once } from 'node:events';
import { connect } from 'node:net';

import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { rawRequest } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

import { SocketClient } from './bad-input/socket-client.ts';

/** Streams without an end would delay the stop for so long. */
const DRAIN_MS = 50_000;

test('a gateway that stops ends event streams and WebSockets in order, and exits with 0', async () => {
  const topic = uniqueTopic('stop');
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: topic }],
    mirrors: [],
    ingests: 0,
    env: { gateway: { QUICK_DRAIN_MS: String(DRAIN_MS) } },
    schema: `
      type Query { ok: [Int] @topic(name: "ok") }
      type Subscription { items: Int @topic(name: "${topic}") }
    `,
  });
  const { address } = network.gateway;
  await using client = await SocketClient.ready(address);
  client.subscribe('1', 'subscription { items }');
  const stream = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) });
  let received = '';
  stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
  const headers: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['Accept', 'text/event-stream'],
  ];
  const body = JSON.stringify({ query: 'subscription { items }' });
  stream.write(rawRequest({ path: '/graphql', headers, body }));
  await eventually(async () => {
    expect(await readMetric(network.gateway, 'gateway_feed_subscribers')).toBe(2);
  }, 90_000);

  const ended = once(stream, 'close');
  const startedMs = performance.now();
  expect(await network.gateway.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedMs).toBeLessThan(DRAIN_MS / 2);
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(client.messages.at(-1)).toEqual({ id: '1', type: 'complete' });
  await ended;
  expect(received).toContain('event: complete');
  stream.destroy();
});
