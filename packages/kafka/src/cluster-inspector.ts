import type { BrokerConnector } from './cluster/broker.ts';
import { Cluster } from './cluster/cluster.ts';
import { isDenial, KAFKA_CODE } from './cluster/kafka-code.ts';
import { msLeft } from './cluster/limit.ts';

/** Kafka's operations on topics, by their codes in the protocol. */
const OPERATIONS = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  DescribeConfigs: 10,
  AlterConfigs: 11,
} as const;

export type TopicOperation = keyof typeof OPERATIONS;

/** What the user of a connection may do with a topic. */
export interface TopicAccess {
  /** `denied`: the user may not even describe it, so it may not exist. */
  readonly state: 'exists' | 'missing' | 'denied';
  /** Empty unless the topic exists. */
  readonly operations: ReadonlySet<TopicOperation>;
}

/** Levels of `metadata.version` and the first version of Kafka with each. */
const RELEASES: readonly (readonly [number, string])[] = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [4, '3.3'],
  [8, '3.4'],
  [9, '3.5'],
  [12, '3.6'],
  [15, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [22, '4.0'],
  [26, '4.1'],
  [28, '4.2'],
  [30, '4.3'],
];

/** Reads what a cluster is and what it permits. For checks by people, not for the data path. */
export class ClusterInspector {
  readonly #cluster: Cluster;

  constructor(connector: BrokerConnector, bootstrapServers: readonly string[], timeoutMs: number) {
    this.#cluster = new Cluster({ connector, bootstrapServers, requestTimeoutMs: timeoutMs });
  }

  /**
   * The version of Kafka that the metadata of the cluster has, such as `4.3`. A cluster with newer
   * brokers can have older metadata. Undefined if the brokers do not report it.
   */
  async release(signal: AbortSignal): Promise<string | undefined> {
    const level = await this.#cluster.anyBroker(
      (broker) => Promise.resolve(broker.metadataVersion),
      this.#cluster.limit(signal),
    );
    return level === undefined ? undefined : RELEASES.findLast(([first]) => first <= level)?.[1];
  }

  async topics(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TopicAccess>> {
    const { topics } = await this.#cluster.anyBroker(
      (broker) => broker.metadata(names, true),
      this.#cluster.limit(signal),
      2,
    );
    return new Map(
      topics.map(({ topic, errorCode, operations = 0 }) => [
        topic,
        accessOf(errorCode, operations),
      ]),
    );
  }

  /** Whether the user may create the topic. Creates nothing. */
  async mayCreate(topic: string, signal: AbortSignal): Promise<boolean> {
    const limit = this.#cluster.limit(signal);
    const { errorCode } = await this.#cluster.anyBroker(
      (broker) =>
        broker.createTopic({ topic, partitions: 1, replicationFactor: 1 }, msLeft(limit), true),
      limit,
    );
    return !isDenial(errorCode);
  }

  close(): void {
    this.#cluster.close();
  }
}

function accessOf(errorCode: number, bits: number): TopicAccess {
  if (errorCode === KAFKA_CODE.UNKNOWN_TOPIC_OR_PARTITION) {
    return { state: 'missing', operations: new Set() };
  }
  if (isDenial(errorCode)) {
    return { state: 'denied', operations: new Set() };
  }
  const names = Object.keys(OPERATIONS) as TopicOperation[];
  const permitted = names.filter((name) => (bits & (1 << OPERATIONS[name])) !== 0);
  return { state: 'exists', operations: new Set(permitted) };
}
