import { mkdtempDisposable, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '@quicksilver/common/config/option';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import type { FetchedPartition, KafkaClient, RecordSource } from '@quicksilver/kafka/ports';
import { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';
import { printTopicEntry, type TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { freePorts } from '@quicksilver/local-kafka/free-port';
import { assembleMirror } from '@quicksilver/mirror/assemble';
import { mirrorOptions } from '@quicksilver/mirror/config';

import { eventually } from '../basics/eventually.ts';
import { silentLog } from '../basics/silent-log.ts';
import { call } from '../clients/http-call.ts';
import { MemoryKafka } from '../kafka/memory-kafka.ts';
import { runService, type RunningService } from '../processes/run-service.ts';

export interface MirrorReplicasOptions {
  readonly replicas: number;
  readonly partitions: number;
  readonly writeType?: TopicEntry['writeType'];
  readonly keyType?: TopicEntry['keyType'];
  readonly arguments?: MirrorArguments;
}

const TOPIC = 'people';
const REGISTRY = '__registry';

/**
 * All replicas of a mirror of one topic in memory, as whole services; the partitions of records are
 * free.
 */
export class MirrorReplicas implements AsyncDisposable {
  readonly entry: TopicEntry;
  readonly #options: MirrorReplicasOptions;
  readonly #kafka = new MemoryKafka(() => this.#recordTime ?? this.now);
  readonly #ends = new AsyncDisposableStack();
  readonly #running: RunningService[] = [];
  readonly #clients: MirrorClient[] = [];
  readonly #next: bigint[];
  #ports: readonly number[] = [];
  #root = '';
  /** The clock of the replicas and of Kafka, in milliseconds since the epoch. */
  now = 0;
  #recordTime: number | undefined;

  private constructor(options: MirrorReplicasOptions) {
    this.#options = options;
    const { partitions, writeType = 'MUTABLE', keyType = 'STRING' } = options;
    this.entry = { name: TOPIC, keyType, valueType: 'JSON', writeType, partitions };
    this.#next = Array.from({ length: partitions }, () => 0n);
    this.#kafka.create({ topic: REGISTRY, partitions: 1, replicationFactor: 1 });
    this.#kafka.create({ topic: TOPIC, partitions, replicationFactor: 1 });
    this.#kafka.write(REGISTRY, TOPIC, printTopicEntry(this.entry).toString());
  }

  static async start(options: MirrorReplicasOptions): Promise<MirrorReplicas> {
    const mirror = new MirrorReplicas(options);
    const root = mirror.#ends.use(await mkdtempDisposable(join(tmpdir(), 'mirror-replicas-')));
    mirror.#root = root.path;
    mirror.#ports = await freePorts(options.replicas);
    for (const ordinal of mirror.#ports.keys()) {
      await mirror.#start(ordinal, mirror.#kafka);
      const client = new MirrorClient({
        originsOf: () => [mirror.url(ordinal)],
        timeoutMs: 10_000,
        peerKey: () => undefined,
      });
      mirror.#ends.defer(() => client.close());
      mirror.#clients.push(client);
    }
    await Promise.all(mirror.#running.map(untilReady));
    return mirror;
  }

  url(ordinal: number): string {
    return `http://127.0.0.1:${this.#ports[ordinal]}`;
  }

  /** Asks this replica who owns what. */
  client(ordinal: number): MirrorClient {
    const client = this.#clients[ordinal];
    if (client === undefined) {
      throw new Error(`There is no replica ${ordinal}.`);
    }
    return client;
  }

  /** Behind everything that was written. */
  get position(): { readonly offsets: ReadonlyMap<number, bigint> } {
    const offsets = this.#next.flatMap((next, partition): [number, bigint][] =>
      next > 0n ? [[partition, next - 1n]] : [],
    );
    return { offsets: new Map(offsets) };
  }

  /** Answers the offset. */
  write(partition: number, key: string, value: string | null, timestamp: number): bigint {
    this.#recordTime = timestamp;
    const offset = this.#kafka.write(TOPIC, key, value, partition);
    this.#recordTime = undefined;
    this.#next[partition] = offset + 1n;
    return offset;
  }

  async stop(ordinal: number): Promise<void> {
    await this.#running[ordinal]?.[Symbol.asyncDispose]();
  }

  /** With the store that it had. */
  async restart(ordinal: number): Promise<void> {
    await this.stop(ordinal);
    await this.#start(ordinal, this.#kafka);
  }

  /** Without its store; the partitions are read one after the other, in this order. */
  async rebuild(ordinal: number, order: readonly number[]): Promise<void> {
    await this.stop(ordinal);
    await rm(this.#directory(ordinal), { recursive: true, force: true });
    await this.#start(ordinal, inOrder(this.#kafka, order));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((running) => running[Symbol.asyncDispose]()));
    await this.#ends.disposeAsync();
  }

  async #start(ordinal: number, kafka: KafkaClient): Promise<void> {
    const peers = this.#ports.map((port) => `127.0.0.1:${port}`).join(',');
    const config = readConfig(mirrorOptions, {
      QUICK_KAFKA_BOOTSTRAP_SERVER: 'memory:9092',
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: REGISTRY,
      QUICK_MIRROR_TOPICS: TOPIC,
      QUICK_MIRROR_ARGUMENTS: JSON.stringify({ [TOPIC]: this.#options.arguments ?? {} }),
      QUICK_DATA_DIR: this.#directory(ordinal),
      QUICK_MIRROR_PEERS: peers,
      QUICK_MIRROR_ORDINAL: String(ordinal),
      QUICK_HOST: '127.0.0.1',
      QUICK_PORT: String(this.#ports[ordinal]),
      QUICK_OPS_PORT: '0',
      QUICK_MIRROR_FETCH_WAIT_MS: '50',
    });
    const service = assembleMirror(config, {
      kafka,
      log: silentLog,
      placementEveryMs: 20,
      clock: () => this.now,
    });
    this.#running[ordinal] = await runService(service, { log: silentLog });
  }

  #directory(ordinal: number): string {
    return join(this.#root, String(ordinal));
  }
}

async function untilReady({ opsUrl }: RunningService): Promise<void> {
  await eventually(async () => {
    const { status, text } = await call(`${opsUrl}/readyz`);
    if (status !== 200) {
      throw new Error(text);
    }
  });
}

/** What is read of a partition comes behind all of the partitions before it. */
function inOrder(kafka: MemoryKafka, order: readonly number[]): KafkaClient {
  const ordered = (source: RecordSource): RecordSource => ({
    ...source,
    fetch: async (positions, options) => {
      const ends = await source.offsets(TOPIC, 'latest', options.signal);
      const behind = positions
        .filter(({ topic, partition, offset }) => topic === TOPIC && offset < endOf(partition))
        .toSorted((one, other) => order.indexOf(one.partition) - order.indexOf(other.partition));
      const [first] = behind;
      const later = first === undefined ? [] : positions.filter((one) => one !== first);
      const now = positions.filter((one) => !later.includes(one));
      return [...(await source.fetch(now, options)), ...later.map(nothingNow)];

      function endOf(partition: number): bigint {
        return ends.get(partition) ?? 0n;
      }
      function nothingNow(position: (typeof positions)[number]): FetchedPartition {
        const { topic, partition, offset } = position;
        const endOffset = endOf(partition);
        const ends = { endOffset, highWatermark: endOffset, logStartOffset: 0n };
        return { topic, partition, records: [], nextOffset: offset, ...ends };
      }
    },
  });
  return {
    source: () => ordered(kafka.source()),
    sink: () => kafka.sink(),
    admin: () => kafka.admin(),
  };
}
