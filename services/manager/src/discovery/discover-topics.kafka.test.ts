import { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { expect, test } from 'vitest';

import { TopicDiscovery, type DiscoveredTopic } from './discover-topics.ts';

const RUN_MS = 90_000;
/** A long run: DISCOVERY_TOPICS=200. */
const TOPICS = Number(process.env['DISCOVERY_TOPICS'] ?? 12);
const CONNECTED_MAX = 4;

const kafka = createKafkaClient('platformatic', {
  bootstrapServers: [testBroker().bootstrapServer],
  clientId: 'discover-topics-test',
  requestTimeoutMs: 30_000,
  decompressedBytesMax: 67_108_864,
});

/** Topics with one record each, which have one prefix. */
async function topicsWith(value: Buffer, count: number): Promise<(name: string) => boolean> {
  const prefix = uniqueTopic('discover');
  const signal = AbortSignal.timeout(RUN_MS);
  const [admin, sink] = [kafka.admin(), kafka.sink()];
  try {
    const names = Array.from({ length: count }, (_, at) => `${prefix}.${at}`);
    for (const topic of names) {
      await admin.create({ topic, partitions: 1, replicationFactor: 1 }, signal);
    }
    const records = [{ key: Buffer.from('a'), value }];
    const results = await sink.produce(
      names.map((topic) => ({ topic, partition: 0, records })),
      RUN_MS,
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
  } finally {
    await Promise.all([admin.close(), sink.close()]);
  }
  return (name) => name.startsWith(prefix);
}

/** Counts the sources that are open at the same time. */
function counted(): { readonly source: KafkaClient['source']; readonly most: () => number } {
  let open = 0;
  let most = 0;
  return {
    most: () => most,
    source: (...options) => {
      const source = kafka.source(...options);
      open += 1;
      most = Math.max(most, open);
      const close = source.close.bind(source);
      source.close = async () => {
        open -= 1;
        await close();
      };
      return source;
    },
  };
}

async function discover(
  matches: (name: string) => boolean,
  source: KafkaClient['source'],
  schemaRegistry?: SchemaRegistry,
): Promise<readonly DiscoveredTopic[]> {
  const admin = kafka.admin();
  try {
    const discovery = new TopicDiscovery({ admin, kafka: { source }, schemaRegistry });
    return await discovery.discover(matches, AbortSignal.timeout(RUN_MS));
  } finally {
    await admin.close();
  }
}

test('many topics are read over a few connections, each to its end', async () => {
  const matches = await topicsWith(Buffer.from('{"a":1}'), TOPICS);
  const { source, most } = counted();
  const topics = await discover(matches, source);
  expect(topics.map(({ problem }) => problem).filter((each) => each !== undefined)).toEqual([]);
  expect(topics.map(({ detected }) => detected?.value.format)).toEqual(Array(TOPICS).fill('json'));
  expect(most()).toBe(CONNECTED_MAX);
});

test('a topic that needs a registry which does not respond has a problem, and others are read', async () => {
  const registry = new SchemaRegistry({
    addresses: [{ origin: 'http://127.0.0.1:1', path: '', credentials: undefined }],
    timeoutMs: 1_000,
  });
  const isNamed = await topicsWith(Buffer.from([0, 0, 0, 0, 7, 1]), 2);
  const isPlain = await topicsWith(Buffer.from('{}'), 1);
  const topics = await discover(
    (name) => isNamed(name) || isPlain(name),
    kafka.source.bind(kafka),
    registry,
  );
  await registry.stop();
  expect(topics.map(({ problem, detected }) => detected?.value.format ?? problem)).toEqual(
    topics.map(({ name }) =>
      isPlain(name) ? 'json' : (expect.stringContaining('schema registry') as unknown),
    ),
  );
});
