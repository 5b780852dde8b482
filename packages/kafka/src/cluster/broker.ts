import type { NewTopic, OutgoingRecord } from '../ports.ts';

/**
 * What the two Kafka libraries are used for: a connection to one broker, authenticated, with one
 * method for each request of Kafka's protocol that is needed here. All logic above it (leaders,
 * deadlines, retries, topic ids, sequences) is shared by both and lives in this folder.
 *
 * An answer of the broker resolves, whatever error code it holds. A rejection always means that the
 * connection is of no further use; the caller destroys it. No call has a deadline of its own.
 */
export interface BrokerConnection {
  /** False once the connection is known to be lost. */
  readonly isOpen: boolean;
  /** Never creates a topic. */
  metadata(topics: readonly string[]): Promise<MetadataAnswer>;
  /** With the isolation level read_committed. */
  listOffsets(request: ListOffsetsRequest): Promise<OffsetAnswer[]>;
  /** The body of a Fetch response, version 13, after its header. Read committed, without a session. */
  fetch(request: FetchRequest): Promise<Buffer>;
  initProducerId(): Promise<ProducerIdAnswer>;
  /** With acks=all. At most one batch for a partition. */
  produce(request: ProduceRequest): Promise<ProduceAnswer[]>;
  createTopic(topic: NewTopic, timeoutMs: number): Promise<TopicAnswer>;
  deleteTopic(topic: string, timeoutMs: number): Promise<TopicAnswer>;
  describeConfigs(topic: string, names: readonly string[]): Promise<ConfigsAnswer>;
  /** Frees the socket at once. Calls under way reject. */
  destroy(): void;
}

export interface BrokerConnector {
  /**
   * Rejects when there is no usable connection within `timeoutMs` or before the signal aborts. The
   * socket is freed then.
   */
  connect(address: BrokerAddress, options: ConnectOptions): Promise<BrokerConnection>;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface MetadataAnswer {
  readonly brokers: readonly (BrokerAddress & { readonly nodeId: number })[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  /** 32 hexadecimal digits in five groups. */
  readonly topicId: string;
  /** -1 where the partition has no leader now. */
  readonly leaders: ReadonlyMap<number, number>;
}

export interface ListOffsetsRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly which: 'earliest' | 'latest';
}

export interface OffsetAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly offset: bigint;
}

export interface FetchTarget {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface FetchRequest {
  /** In the order in which the broker fills its answer. */
  readonly targets: readonly FetchTarget[];
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
}

export interface ProducerIdAnswer {
  readonly errorCode: number;
  readonly producerId: bigint;
}

export interface SequencedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

export interface ProduceRequest {
  readonly batches: readonly SequencedBatch[];
  /** Milliseconds the broker may wait for its replicas. */
  readonly timeoutMs: number;
}

export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined;
  readonly baseOffset: bigint;
}

export interface TopicAnswer {
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined;
}

export interface ConfigsAnswer extends TopicAnswer {
  /** In force, whatever set them; null where the broker does not tell a value. */
  readonly configs: readonly (readonly [string, string | null])[];
}
