import { createKafkaClient, createInspector } from '@quicksilver/kafka/kafka-client';
import {
  defaultCacheDir,
  ensureKafkaJars,
  KAFKA_VERSION_MIN,
} from '@quicksilver/local-kafka/kafka-jars';
import { readToEnd } from '@quicksilver/testkit/kafka/read-to-end';
import {
  SECURE_PASSWORD,
  SECURE_USER,
  SecureBroker,
} from '@quicksilver/testkit/kafka/secure-broker';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { SCHEMA, useDataPath } from './data-path.ts';

const DEADLINE_MS = 90_000;

let broker: SecureBroker;
beforeAll(async () => {
  const cacheDir = defaultCacheDir(process.env);
  const version = KAFKA_VERSION_MIN;
  const jarsDir = await ensureKafkaJars({ cacheDir, env: process.env, version });
  broker = await SecureBroker.start(jarsDir);
});
afterAll(() => broker[Symbol.asyncDispose]());

test.each(['platformatic', 'kafkajs'] as const)(
  'the oldest version of Kafka creates, writes, reads, describes and deletes a topic, over %s',
  async (kind) => {
    const options = {
      bootstrapServers: [broker.bootstrapServer],
      clientId: 'oldest',
      requestTimeoutMs: 30_000,
      decompressedBytesMax: 1_000_000,
      security: () =>
        Promise.resolve({
          tls: { ca: broker.ca },
          sasl: {
            mechanism: 'SCRAM-SHA-512' as const,
            ...{ username: SECURE_USER, password: SECURE_PASSWORD },
          },
        }),
    };
    const client = createKafkaClient(kind, options);
    const [source, sink, admin] = [client.source(), client.sink(), client.admin()];
    const inspector = createInspector(kind, options);
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const topic = `oldest-${kind}`;
    try {
      const configs = { 'cleanup.policy': 'compact' };
      expect(
        await admin.create({ topic, partitions: 3, replicationFactor: 1, configs }, signal),
      ).toBe(true);
      expect(await admin.configs(topic, ['cleanup.policy'], signal)).toEqual(
        new Map([['cleanup.policy', 'compact']]),
      );
      const records = ['a', 'b'].map((text) => ({ key: Buffer.from(text), value: null }));
      const batches = [0, 2].map((partition) => ({ topic, partition, records }));
      const results = await sink.produce(batches, DEADLINE_MS);
      expect(results).toEqual([0, 2].map(() => ({ ok: true, baseOffset: 0n })));
      expect(await readToEnd(source, { topic, partitions: 3 })).toHaveLength(4);
      const access = (await inspector.topics([topic], signal)).get(topic);
      expect([...(access?.operations ?? [])]).toEqual(expect.arrayContaining(['Read', 'Write']));
      expect(await inspector.release(signal)).toBe(kind === 'platformatic' ? '3.7' : undefined);
      expect(await admin.delete(topic, signal)).toBe(true);
    } finally {
      inspector.close();
      await Promise.all([source.close(), sink.close(), admin.close()]);
    }
  },
);

test('the oldest version of Kafka carries the data path: manager, ingest, mirror and gateway', async () => {
  await using network = await ManagedNetwork.start({
    bootstrapServer: broker.bootstrapServer,
    internalPrefix: '__oldest-',
    env: {
      QUICK_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      QUICK_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      QUICK_KAFKA_SASL_USERNAME: SECURE_USER,
      QUICK_KAFKA_SASL_PASSWORD: SECURE_PASSWORD,
      QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: broker.caFile,
    },
  });
  await network.mustSend('POST', `/topic/oldest-orders?keyType=string&valueType=json`, {});
  await network.mustSend('POST', '/gateway', { name: 'shop', schema: SCHEMA('oldest-orders') });
  const [gateway = ''] = await network.addresses('gateway', 'shop');
  const url = `http://${gateway}`;
  await expect(useDataPath(network.ingest.url, url, 'oldest-orders')).resolves.toBeUndefined();
});
