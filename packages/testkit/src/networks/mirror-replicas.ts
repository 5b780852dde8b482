import { rm } from 'node:fs/promises';

import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import type { FetchedPartition, KafkaClient, RecordSource } from '@quicksilver/kafka/ports';
import { MirrorClient } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { MemoryKafka } from '../kafka/memory-kafka.ts';
import { entryOf, type NetworkTopic } from '../kafka/register-topics.ts';
import { MemoryNetwork, type MemoryMirror } from './memory-network.ts';

export interface MirrorReplicasOptions extends Pick<NetworkTopic, 'writeType' | 'keyType'> {
  readonly replicas: number;
  readonly partitions: number;
  readonly arguments?: MirrorArguments;
}

const TOPIC = 'people';

/** All replicas of a mirror of one topic in memory; the partitions of records are free. */
export class MirrorReplicas implements AsyncDisposable {
  readonly entry: TopicEntry;
  readonly #kafka = new MemoryKafka(() => this.#recordTime ?? this.now);
  readonly #ends = new AsyncDisposableStack();
  readonly #clients: MirrorClient[] = [];
  readonly #next: bigint[];
  #replicas: readonly MemoryMirror[] = [];
  /** The clock of the replicas and of Kafka, in milliseconds since the epoch. */
  now = 0;
  #recordTime: number | undefined;

  private constructor(entry: TopicEntry) {
    this.entry = entry;
    this.#next = Array.from({ length: entry.partitions }, () => 0n);
  }

  static async start(options: MirrorReplicasOptions): Promise<MirrorReplicas> {
    const { replicas, arguments: mirrorArguments = {}, ...rest } = options;
    const topic = { name: TOPIC, ...rest };
    const mirror = new MirrorReplicas(entryOf(topic));
    const network = await MemoryNetwork.start({
      kafka: mirror.#kafka,
      topics: [{ ...topic, mirror: mirrorArguments }],
      mirrors: [{ topics: [TOPIC], replicas }],
      mirrorSeams: { placementEveryMs: 20, clock: () => mirror.now },
    });
    mirror.#ends.use(network);
    mirror.#replicas = network.mirrors;
    for (const { url } of network.mirrors) {
      const client = new MirrorClient({
        originsOf: () => [url],
        timeoutMs: 10_000,
        peerKey: () => undefined,
      });
      mirror.#ends.defer(() => client.close());
      mirror.#clients.push(client);
    }
    return mirror;
  }

  url(ordinal: number): string {
    return this.#replica(ordinal).url;
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
    await this.#replica(ordinal)[Symbol.asyncDispose]();
  }

  /** With the store that it had. */
  async restart(ordinal: number): Promise<void> {
    await this.stop(ordinal);
    await this.#replica(ordinal).start();
  }

  /** Without its store; the partitions are read one after the other, in this order. */
  async rebuild(ordinal: number, order: readonly number[]): Promise<void> {
    await this.stop(ordinal);
    const replica = this.#replica(ordinal);
    await rm(replica.dataDir, { recursive: true, force: true });
    await replica.start(inOrder(this.#kafka, order));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
  }

  #replica(ordinal: number): MemoryMirror {
    const replica = this.#replicas[ordinal];
    if (replica === undefined) {
      throw new Error(`There is no replica ${ordinal}.`);
    }
    return replica;
  }
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
        return { topic, partition, records: [], nextOffset: offset, endOffset, logStartOffset: 0n };
      }
    },
  });
  return {
    source: () => ordered(kafka.source()),
    sink: () => kafka.sink(),
    admin: () => kafka.admin(),
  };
}
