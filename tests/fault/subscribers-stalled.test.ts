import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { rawRequest } from '@quicksilver/testkit/raw-http';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

import { SocketClient } from '../e2e/bad-input/socket-client.ts';

const STALLED = 500;
const READERS = 12;
/** Together more than two systems buffer for one connection. */
const EVENTS = 40;
const EVENT_BYTES = 131_072;
/** From the last possible read until the clients that do not read must be gone. */
const GONE_MS = 30_000;
/** From the write until every reading client has the event. */
const IN_TIME_MS = 60_000;
/**
 * Growth of the gateway beyond its size with all clients connected: seven messages per client. The
 * system buffers half of what is written. The other half for all clients would be a gigabyte.
 */
const GROWTH_BYTES = 500_000_000;
/** More than `"n":12,` has. */
const LABEL_CHARS = 16;
const SUBSCRIPTION = 'subscription { notes { n text } }';
const TRANSPORTS = ['graphql-transport-ws', 'graphql-ws', 'sse'] as const;

/** Subscribes over a transport and gives the TCP connection on which the events come. */
async function subscribe(
  address: string,
  transport: (typeof TRANSPORTS)[number],
  onEvent: (text: string) => void,
): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connect({ host: String(host), port: Number(port) });
  socket.on('error', () => {
    // A reset is how one that does not read is ended.
  });
  await once(socket, 'connect');
  if (transport === 'sse') {
    const headers = [
      ['Content-Type', 'application/json'],
      ['Accept', 'text/event-stream'],
    ] as const;
    socket.on('data', (chunk: Buffer) => onEvent(chunk.toString('latin1')));
    const body = JSON.stringify({ query: SUBSCRIPTION });
    socket.write(rawRequest({ path: '/graphql', headers, body }));
    return socket;
  }
  const client = await SocketClient.ready(address, {
    protocols: [transport],
    createConnection: () => socket,
  });
  client.socket.on('message', (data) => onEvent(Buffer.from(data as Buffer).toString('latin1')));
  const type = transport === 'graphql-ws' ? 'start' : 'subscribe';
  client.say({ id: '1', type, payload: { query: SUBSCRIPTION } });
  return socket;
}

test('I-S3, I-S1: 500 subscribers who stop reading are ended within 30 s, in bounded memory, and those who read miss nothing', async () => {
  const topic = uniqueTopic('stalled');
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: topic, partitions: 1 }],
    mirrors: [],
    ingests: 0,
    schema: `
      type Query { ok: [Int] @topic(name: "ok") }
      type Subscription { notes: Note @topic(name: "${topic}") }
      type Note { n: Int! text: String! }
    `,
  });
  const { gateway } = network;
  const sink = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'stalled',
    requestTimeoutMs: 10_000,
    decompressedBytesMax: 67_108_864,
  }).sink();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => sink.close());

  const seen = Array.from({ length: READERS }, () => [] as number[]);
  const transportOf = (at: number) => TRANSPORTS[at % TRANSPORTS.length] ?? 'sse';
  for (const [at, numbers] of seen.entries()) {
    // A chunk of bytes may end within a number.
    let rest = '';
    const socket = await subscribe(gateway.address, transportOf(at), (text) => {
      const parts = `${rest}${text}`.split(/"n":(\d+),/);
      rest = parts.at(-1)?.slice(-LABEL_CHARS) ?? '';
      numbers.push(...parts.filter((_, part) => part % 2 === 1).map(Number));
    });
    stack.defer(() => void socket.destroy());
  }
  const stalled: Socket[] = [];
  for (let at = 0; at < STALLED; at += 1) {
    const socket = await subscribe(gateway.address, transportOf(at), () => {});
    stalled.push(socket);
    stack.defer(() => void socket.destroy());
  }
  const subscribers = (): Promise<number> => readMetric(gateway, 'gateway_feed_subscribers');
  await eventually(async () => expect(await subscribers()).toBe(READERS + STALLED), 90_000);
  stalled.forEach((socket) => socket.pause());

  const memory = (): Promise<number> => readMetric(gateway, 'process_resident_memory_bytes');
  const before = await memory();
  let peak = before;
  const text = 'x'.repeat(EVENT_BYTES);
  for (let n = 0; n < EVENTS; n += 1) {
    const value = Buffer.from(JSON.stringify({ n, text }));
    const records = [{ key: Buffer.from(`k${n}`), value }];
    const [result] = await sink.produce([{ topic, partition: 0, records }], 90_000);
    expect(result).toMatchObject({ ok: true });
    await eventually(() => {
      expect(seen.map((numbers) => numbers.at(-1))).toEqual(seen.map(() => n));
    }, IN_TIME_MS);
    peak = Math.max(peak, await memory());
  }
  await eventually(async () => {
    peak = Math.max(peak, await memory());
    expect(await subscribers()).toBe(READERS);
  }, GONE_MS);
  const all = Array.from({ length: EVENTS }, (_, n) => n);
  expect(seen).toEqual(seen.map(() => all));
  await eventually(async () => {
    expect(await readMetric(gateway, 'gateway_websockets')).toBe(
      seen.filter((_, at) => transportOf(at) !== 'sse').length,
    );
  }, IN_TIME_MS);
  expect(peak - before).toBeLessThan(GROWTH_BYTES);
});
