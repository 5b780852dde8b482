import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { KafkaClient, OutgoingRecord } from '@quicksilver/kafka/ports';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { registerTopic } from '@quicksilver/contracts/topics/register-topic';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { startLocalKafka } from '@quicksilver/local-kafka/local-kafka';

import { documentOf, keyOf } from './records.ts';
import { LOAD_CORE } from './wrk.ts';

/** A prime that no number of keys here is a multiple of, so that every key comes once. */
const STRIDE = 7_919;
const CHUNK = 20_000;
/** Of one key, whose records are all of one partition: as many bytes as Kafka takes at once. */
const CHUNK_OF_KEY = 3_000;
const PRODUCE_MS = 60_000;

/** The values of a topic in another format than JSON. */
export interface FillValues {
  readonly valueType: TopicEntry['valueType'];
  /** The bytes of the document with this index. */
  bytesOf(index: number): Buffer;
}

export interface FillOptions {
  readonly records: number;
  readonly partitions: number;
  /** Of all records; without it each has its own. */
  readonly key?: string;
  /** Without it they are JSON. */
  readonly values?: FillValues;
}

/** A real Kafka for one benchmark, with data of its own that goes away with it. */
export class BenchKafka {
  readonly bootstrapServer: string;
  readonly client: KafkaClient;
  readonly #pid: number | undefined;
  readonly #free: () => Promise<void>;

  private constructor(bootstrapServer: string, free: () => Promise<void>, pid?: number) {
    this.#pid = pid;
    this.bootstrapServer = bootstrapServer;
    this.client = createKafkaClient('platformatic', {
      bootstrapServers: [bootstrapServer],
      clientId: 'bench',
      requestTimeoutMs: 60_000,
      decompressedBytesMax: 64 * 1_048_576,
    });
    this.#free = free;
  }

  static async start(): Promise<BenchKafka> {
    const bootstrapServer = process.env['QUICK_KAFKA_BOOTSTRAP_SERVER'];
    if (bootstrapServer !== undefined) {
      return new BenchKafka(bootstrapServer, () => Promise.resolve());
    }
    const home = await mkdtemp(join(tmpdir(), 'quicksilver-bench-'));
    const kafka = await startLocalKafka({
      cacheDir: defaultCacheDir(process.env),
      dataDir: join(home, 'kafka'),
    });
    const free = async (): Promise<void> => {
      await kafka.stop();
      await rm(home, { recursive: true, force: true });
    };
    return new BenchKafka(kafka.bootstrapServer, free, kafka.pid);
  }

  /** Moves the broker to the core of the load, so that the measured server has one to itself. */
  async leaveServerCore(): Promise<void> {
    if (this.#pid !== undefined) {
      await promisify(execFile)('taskset', ['-apc', LOAD_CORE, String(this.#pid)]);
    }
  }

  /** Registers a topic of the benchmarks' records with STRING keys; returns its name. */
  async fill(options: FillOptions): Promise<string> {
    const topic = `bench-${options.records}-${randomUUID().slice(0, 8)}`;
    const sink = this.client.sink();
    const admin = this.client.admin();
    try {
      await registerTopic(
        {
          name: topic,
          keyType: 'STRING',
          valueType: options.values?.valueType ?? 'JSON',
          writeType: 'MUTABLE',
          partitions: options.partitions,
        },
        {},
        {
          admin,
          sink,
          registryTopic: '__topic-registry',
          replicationFactor: 1,
          signal: AbortSignal.timeout(PRODUCE_MS),
        },
      );
      const size = options.key === undefined ? CHUNK : CHUNK_OF_KEY;
      for (let from = 0; from < options.records; from += size) {
        const batches = chunkOf(from, size, options);
        const results = await sink.produce(
          batches.map((records, partition) => ({ topic, partition, records })),
          PRODUCE_MS,
        );
        const failed = results.find((result) => !result.ok);
        if (failed?.ok === false) {
          throw new Error(`The topic could not be filled: ${failed.detail}`);
        }
      }
    } finally {
      await sink.close();
      await admin.close();
    }
    return topic;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#free();
  }
}

function chunkOf(from: number, size: number, options: FillOptions): OutgoingRecord[][] {
  const batches: OutgoingRecord[][] = Array.from({ length: options.partitions }, () => []);
  const to = Math.min(options.records, from + size);
  for (let at = from; at < to; at += 1) {
    const index = (at * STRIDE) % options.records;
    const key = Buffer.from(options.key ?? keyOf(index));
    batches[partitionOf(key, options.partitions)]?.push({
      key,
      value: options.values?.bytesOf(index) ?? Buffer.from(documentOf(index)),
    });
  }
  return batches;
}
