import { randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { keyPath, type MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import { createLog } from '@quicksilver/common/observe/log';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { foldTopic, readTopic } from '@quicksilver/testkit/oracle';
import { registerTopics } from '@quicksilver/testkit/register-topics';
import { runMirror } from '@quicksilver/testkit/run-mirror';
import { expect, test } from 'vitest';

const PARTITIONS = 3;
const PERIOD_MS = 3_600_000;
const DEADLINE_MS = 40_000;
const OLD = Array.from({ length: 20 }, (_, at) => `old ${at}`);

test('B6: one of two mirrors with all partitions writes a tombstone for each expired key, which all readers of the topic see', async () => {
  await using ends = new AsyncDisposableStack();
  const root = ends.use(await mkdtempDisposable(join(tmpdir(), 'mirror-tombstones-')));
  const topic = uniqueTopic('expiring');
  const registry = `__registry-${randomUUID()}`;
  await registerTopics({ broker: testBroker(), registry, topics: [{ name: topic }] });
  const client = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'tombstones-test',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 67_108_864,
  });
  const sink = client.sink();
  ends.defer(() => sink.close());
  const write = async (...keys: readonly string[]): Promise<void> => {
    const batches = keys.map((name) => {
      const key = Buffer.from(name);
      const partition = partitionOf(key, PARTITIONS);
      return { topic, partition, records: [{ key, value: Buffer.from('1') }] };
    });
    const results = await sink.produce(batches, DEADLINE_MS);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  };

  let now = Date.now();
  const start = async (ordinal: number): Promise<string> => {
    const env = {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
      QUICK_MIRROR_TOPICS: topic,
      QUICK_MIRROR_ARGUMENTS: JSON.stringify({
        [topic]: { retentionTime: 'PT1H', retentionTombstones: true },
      }),
      QUICK_MIRROR_ORDINAL: String(ordinal),
      // Each has everything, so that none asks the other.
      QUICK_MIRROR_PEERS: '127.0.0.1:1,127.0.0.1:2',
      QUICK_MIRROR_COPIES: '2',
      QUICK_DATA_DIR: join(root.path, String(ordinal)),
    };
    const log = createLog('mirror-test', 'error');
    return ends.use(await runMirror(env, { log, clock: () => now })).url;
  };
  const applied = async (url: string): Promise<number> => {
    const status = (await call(`${url}/status`)).json() as MirrorStatus;
    const partitions = status.topics[0]?.partitions ?? [];
    return partitions.reduce((sum, { nextOffset }) => sum + Number(nextOffset), 0);
  };

  await write(...OLD);
  const urls = [await start(0), await start(1)];
  const get = (key: string): Promise<Answer> => call(`${urls[0] ?? ''}${keyPath(topic, key)}`);
  const untilApplied = (records: number): Promise<void> =>
    eventually(async () => {
      expect(await Promise.all(urls.map(applied))).toEqual([records, records]);
    }, DEADLINE_MS);
  await untilApplied(OLD.length);
  const timeOf = async (key: string): Promise<number> =>
    Number((await get(key)).headers['x-kafka-timestamp']);
  const newest = Math.max(...(await Promise.all(OLD.map(timeOf))));
  expect(newest).toBeGreaterThan(0);

  let written = OLD.length;
  do {
    await write('live');
    written += 1;
    await untilApplied(written);
  } while ((await timeOf('live')) <= newest);
  now = newest + PERIOD_MS;
  await untilApplied(written + OLD.length);
  expect((await get('live')).status).toBe(200);
  expect((await get('old 0')).status).toBe(404);

  const records = await readTopic(testBroker(), topic);
  const tombstones = records.filter(({ value }) => value === null).map(({ key }) => String(key));
  expect(tombstones.toSorted()).toEqual(OLD.toSorted());
  expect([...foldTopic(records).keys()]).toEqual(['live']);
}, 180_000);
