import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import {
  BATCH_KEYS_MAX,
  batchPath,
  type MirrorStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { registerTopics } from '@quicksilver/testkit/register-topics';
import { runMirror } from '@quicksilver/testkit/run-mirror';
import type { RunningService } from '@quicksilver/testkit/run-service';
import { expect, test } from 'vitest';

import { openTopicStore } from './store/open-topic-store.ts';
import type { StoreIdentity, StoreOp } from './store/ports.ts';

const PARTITIONS = 3;
const DEADLINE_MS = 30_000;
/** Several steps of settling for each partition. */
const KEYS = 9_000;
const RUNS = 4;

const keyOf = (at: number): string => `key-${at}`;
const valueOf = (at: number): string => `{"at":${at}}`;

/** Produces every key once. Returns the topic id. */
async function fill(topic: string, byPartition: readonly (readonly number[])[]): Promise<string> {
  const kafka = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'settling-test',
    requestTimeoutMs: 10_000,
    decompressedBytesMax: 67_108_864,
  });
  const [sink, source] = [kafka.sink(), kafka.source()];
  try {
    const results = await sink.produce(
      byPartition.map((all, partition) => ({
        topic,
        partition,
        records: all.map((at) => ({
          key: Buffer.from(keyOf(at)),
          value: Buffer.from(valueOf(at)),
        })),
      })),
      DEADLINE_MS,
    );
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    const described = await source.describe(topic, AbortSignal.timeout(DEADLINE_MS));
    return described?.topicId ?? '';
  } finally {
    await Promise.all([sink.close(), source.close()]);
  }
}

/** Leaves a store as a mirror does that dies when it has just loaded its topic. */
async function load(
  root: string,
  topic: string,
  topicId: string,
  byPartition: readonly (readonly number[])[],
): Promise<void> {
  const identity: StoreIdentity = {
    ...{ topic, partitions: PARTITIONS },
    ...{ keyType: 'STRING', valueType: 'JSON', writeType: 'MUTABLE' },
  };
  const { store } = await openTopicStore({ root, identity, cacheBytes: 1_048_576, runBytes: 1 });
  for (const [partition, all] of byPartition.entries()) {
    const at = (nextOffset: number) => ({ generation: 1, nextOffset: BigInt(nextOffset), topicId });
    await store.write(partition, [], at(0));
    const ops = all.map((of, offset): StoreOp => ({
      key: Buffer.from(keyOf(of)),
      record: { offset: BigInt(offset), timestamp: 1n, json: Buffer.from(valueOf(of)) },
    }));
    const size = Math.ceil(ops.length / RUNS);
    for (let from = 0; from < ops.length; from += size) {
      const to = Math.min(ops.length, from + size);
      await store.load(partition, ops.slice(from, to), at(to));
    }
    await store.endLoad(partition, at(ops.length));
  }
  await store.close();
}

/** Of each partition, as the status and as the metric have it. */
async function unsettled(mirror: RunningService): Promise<{ status: number[]; metric: number[] }> {
  const { topics } = (await call(`${mirror.url}/status`)).json() as MirrorStatus;
  const partitions = topics.flatMap((topic) => topic.partitions);
  const metric = partitions.map(({ partition }) =>
    readMetric(mirror, 'mirror_unsettled_records', { partition: String(partition) }),
  );
  return {
    status: partitions.map(({ unsettledRecords }) => unsettledRecords ?? Number.NaN),
    metric: await Promise.all(metric),
  };
}

test('status and metrics report the records in runs, which go to zero while every key is served', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'mirror-settling-'));
  const topic = uniqueTopic('settling');
  const registry = `__registry-${topic}`;
  await registerTopics({
    broker: testBroker(),
    registry,
    topics: [{ name: topic, partitions: PARTITIONS, configs: { 'cleanup.policy': 'delete' } }],
  });
  const all = Array.from({ length: KEYS }, (_none, at) => at);
  const byPartition = Array.from({ length: PARTITIONS }, (_none, partition) =>
    all.filter((at) => partitionOf(Buffer.from(keyOf(at)), PARTITIONS) === partition),
  );
  await load(directory.path, topic, await fill(topic, byPartition), byPartition);
  const env = {
    QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
    QUICK_MIRROR_TOPICS: topic,
    QUICK_DATA_DIR: directory.path,
  };
  {
    await using paused = await runMirror({ ...env, QUICK_MIRROR_PAUSE_CONSUME: '1' });
    await eventually(async () => {
      const loaded = byPartition.map(({ length }) => length);
      expect(await unsettled(paused)).toEqual({ status: loaded, metric: loaded });
    }, DEADLINE_MS);
  }
  await using mirror = await runMirror(env);
  const none = Array(PARTITIONS).fill(0);
  await eventually(async () => {
    const left = await unsettled(mirror);
    for (let from = 0; from < KEYS; from += BATCH_KEYS_MAX) {
      const keys = all.slice(from, from + BATCH_KEYS_MAX);
      const answer = await call(`${mirror.url}${batchPath(topic)}`, { json: keys.map(keyOf) });
      expect(answer.text).toBe(`[\n${keys.map(valueOf).join('\n,')}\n]`);
    }
    expect(left).toEqual({ status: none, metric: none });
  }, DEADLINE_MS);
});
