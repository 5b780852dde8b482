import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import {
  keyPath,
  listPath,
  type MirrorStatus,
  type PartitionStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { createLog } from '@quicksilver/common/observe/log';
import { expect } from 'vitest';

import { testBroker, uniqueTopic } from '../kafka/broker.ts';
import { eventually } from '../basics/eventually.ts';
import { call, type Answer } from '../clients/http-call.ts';
import { registerTopics } from '../kafka/register-topics.ts';
import { runMirror } from './run-mirror.ts';

export const PARTITIONS = 3;
const DEADLINE_MS = 40_000;

export interface RunningMirror extends AsyncDisposable {
  readonly url: string;
  readonly opsUrl: string;
  /** Settles when the mirror has exited, on its own or because it was disposed of. */
  readonly ended: Promise<void>;
  get(key: string, headers?: Record<string, string>): Promise<Answer>;
  partitions(): Promise<readonly PartitionStatus[]>;
  untilServing(): Promise<void>;
}

/** A topic for one test, with functions that write it and start mirrors of it. */
export class MirrorRig implements AsyncDisposable {
  readonly topic = uniqueTopic('mirror');
  readonly dataDir: string;
  readonly kafka: KafkaClient;
  readonly #registry = `__registry-${randomUUID()}`;
  readonly #closing = new AsyncDisposableStack();
  readonly #sink;
  readonly admin;

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.kafka = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'mirror-test',
      requestTimeoutMs: 30_000,
      decompressedBytesMax: 67_108_864,
    });
    this.#sink = this.kafka.sink();
    this.admin = this.kafka.admin();
    this.#closing.defer(() => rm(dataDir, { recursive: true, force: true }));
    this.#closing.defer(() => this.admin.close());
    this.#closing.defer(() => this.#sink.close());
  }

  static async create(): Promise<MirrorRig> {
    const rig = new MirrorRig(await mkdtemp(join(tmpdir(), 'mirror-test-')));
    await registerTopics({
      broker: testBroker(),
      registry: rig.#registry,
      topics: [
        { name: rig.topic, partitions: PARTITIONS, configs: { 'cleanup.policy': 'delete' } },
      ],
    });
    return rig;
  }

  /**
   * Returns the position after each written partition, in the format of the header. Keys are placed
   * as in a topic with this number of partitions.
   */
  async write(
    entries: Readonly<Record<string, string | null>>,
    partitions = PARTITIONS,
  ): Promise<string> {
    const batches = new Map<number, { key: Buffer; value: Buffer | null }[]>();
    for (const [name, json] of Object.entries(entries)) {
      const key = Buffer.from(name);
      const partition = partitionOf(key, partitions);
      const records = batches.get(partition) ?? [];
      batches.set(partition, records);
      records.push({ key, value: json === null ? null : Buffer.from(json) });
    }
    const { topic } = this;
    const results = await this.#sink.produce(
      [...batches].map(([partition, records]) => ({ topic, partition, records })),
      DEADLINE_MS,
    );
    const positions = [...batches].map(([partition, records], index) => {
      const result = results[index];
      if (result?.ok !== true) {
        throw new Error(result?.detail);
      }
      return `${partition}:${result.baseOffset + BigInt(records.length) - 1n}`;
    });
    return positions.join(',');
  }

  async start(env: Readonly<Record<string, string>> = {}, name = 'data'): Promise<RunningMirror> {
    const log = createLog('mirror-test', 'error');
    const { url, opsUrl, ended, ...service } = await runMirror(
      {
        QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
        QUICK_TOPIC_REGISTRY_TOPIC_NAME: this.#registry,
        QUICK_MIRROR_TOPICS: this.topic,
        QUICK_DATA_DIR: join(this.dataDir, name),
        QUICK_MIRROR_WATCH_MS: '200',
        ...env,
      },
      { log },
    );
    const running: RunningMirror = {
      url,
      opsUrl,
      ended,
      get: (key, headers = {}) => call(`${url}${keyPath(this.topic, key)}`, { headers }),
      partitions: async () => {
        const status = (await call(`${url}/status`)).json() as MirrorStatus;
        return status.topics[0]?.partitions ?? [];
      },
      untilServing: () =>
        eventually(async () => {
          const partitions = await running.partitions();
          const states = new Set(partitions.map(({ state }) => state));
          expect([...states], JSON.stringify(partitions)).toEqual(['serving']);
        }, DEADLINE_MS),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    };
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }
}

/** All entries of a topic, read in pages: key to value. */
export async function listed(
  mirror: RunningMirror,
  topic: string,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '?limit=7' : `?limit=7&cursor=${cursor}`;
    const answer = await call(`${mirror.url}${listPath(topic)}${query}`);
    expect(answer.status, answer.text).toBe(200);
    const page = answer.json() as { items: { key: string; value: unknown }[]; next: string | null };
    for (const { key, value } of page.items) {
      values[key] = value;
    }
    cursor = page.next;
  }
  return values;
}
