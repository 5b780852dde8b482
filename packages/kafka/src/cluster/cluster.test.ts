import { createServer, type Server } from 'node:net';

import { ScriptedBrokers, SCRIPTED_TOPIC } from '@quicksilver/testkit/kafka/scripted-brokers';
import { afterEach, describe, expect, test } from 'vitest';

import { createKafkaClient, type KafkaClientKind } from '../kafka-client.ts';
import type { BrokerAddress, BrokerConnector } from './broker.ts';
import { Cluster } from './cluster.ts';

const KINDS: readonly KafkaClientKind[] = ['platformatic', 'kafkajs'];

describe('a cluster', () => {
  test('tries the next server when one does not answer, each for its share of the time', async () => {
    const tried: BrokerAddress[] = [];
    const brokers = new ScriptedBrokers({ leaders: [1] });
    const connector: BrokerConnector = {
      connect: (address, options) => {
        tried.push(address);
        expect(options.timeoutMs).toBe(300);
        return address.port === 3
          ? brokers.connect(address, options)
          : Promise.reject(new Error('refused'));
      },
    };
    const cluster = new Cluster({
      connector,
      bootstrapServers: ['a:1', '[::1]:2', 'c:3'],
      requestTimeoutMs: 900,
    });
    const answer = await cluster.metadata([SCRIPTED_TOPIC], cluster.limit());
    expect(answer.topics).toHaveLength(1);
    expect(tried).toEqual([
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
      { host: 'c', port: 3 },
    ]);
    cluster.close();
  });

  test('reports the servers that it tried and the error of each', async () => {
    const connector: BrokerConnector = {
      connect: ({ host }) => Promise.reject(new Error(`${host} refused`)),
    };
    const cluster = new Cluster({
      connector,
      bootstrapServers: ['a:1', 'b:2'],
      requestTimeoutMs: 100,
    });
    await expect(cluster.metadata([], cluster.limit())).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringMatching(/a:1, b:2.*no broker responds.*refused/),
    });
  });

  test.each(['broker', 'broker:', ':9092', 'broker:http', 'broker:70000'])(
    'refuses the address %j',
    async (server) => {
      const connector = new ScriptedBrokers({ leaders: [1] });
      const cluster = new Cluster({ connector, bootstrapServers: [server], requestTimeoutMs: 100 });
      await expect(cluster.metadata([], cluster.limit())).rejects.toThrow(
        'Expected an address host:port',
      );
    },
  );
});

describe('something that is no Kafka', () => {
  let server: Server | undefined;

  afterEach(async () => {
    await new Promise((resolve) =>
      server === undefined ? resolve(undefined) : server.close(resolve),
    );
  });

  test.each(KINDS)('is unavailable in time to %s', async (kind) => {
    const sockets = new Set<{ destroy: () => void }>();
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    const { port } = await new Promise<{ port: number }>((resolve) => {
      server?.listen(0, '127.0.0.1', () => {
        const address = server?.address();
        resolve({ port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
      });
    });
    const client = createKafkaClient(kind, {
      bootstrapServers: [`127.0.0.1:${port}`],
      clientId: 'lost',
      requestTimeoutMs: 300,
      decompressedBytesMax: 1000,
    });
    const source = client.source();
    const started = performance.now();
    await expect(source.describe('topic', AbortSignal.timeout(25_000))).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
    expect(performance.now() - started).toBeLessThan(15_000);
    await source.close();
    sockets.forEach((socket) => socket.destroy());
  });
});
