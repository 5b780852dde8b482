import type { NewTopic, OutgoingRecord, WhichOffset } from '../ports.ts';

/**
 * The interface to the two Kafka libraries: an authenticated connection to one broker, with one
 * method for each request. Both share all logic above it (leaders, deadlines, retries, topic ids,
 * sequences), which is in this folder.
 *
 * A response of the broker resolves, whatever its error code. A rejection always means that the
 * connection is unusable, and the caller destroys it. Calls have no deadline of their own.
 */
export interface BrokerConnection {
  /** False once the connection is lost. */
  readonly isOpen: boolean;
  /** The level of the feature `metadata.version`. Undefined if the client cannot read it. */
  readonly metadataVersion?: number | undefined;
  /**
   * Never creates a topic. Null returns all topics that the client may see. With `operations`,
   * topics list what the user may do.
   */
  metadata(topics: readonly string[] | null, operations?: boolean): Promise<MetadataAnswer>;
  /** With the isolation level read_committed, unless the high watermark is requested. */
  listOffsets(request: ListOffsetsRequest): Promise<OffsetAnswer[]>;
  /** The body of a Fetch response, version 13, without header. Read committed, no session. */
  fetch(request: FetchRequest): Promise<Buffer>;
  initProducerId(): Promise<ProducerIdAnswer>;
  /** With acks=all. At most one batch per partition. */
  produce(request: ProduceRequest): Promise<ProduceAnswer[]>;
  /** With `isDryRun` the broker only checks whether it would create the topic. */
  createTopic(topic: NewTopic, timeoutMs: number, isDryRun?: boolean): Promise<TopicAnswer>;
  deleteTopic(topic: string, timeoutMs: number): Promise<TopicAnswer>;
  describeConfigs(topic: string, names: readonly string[]): Promise<ConfigsAnswer>;
  /** The partitions that this broker stores, in all its directories (KIP-113). */
  describeLogDirs(): Promise<LogDirsAnswer>;
  /** Frees the socket at once. Pending calls reject. */
  destroy(): void;
}

export interface BrokerConnector {
  /**
   * Rejects and frees the socket if there is no usable connection within `timeoutMs` or before the
   * signal aborts.
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
  /** A bit for the code of each operation that is permitted, if they were requested. */
  readonly operations?: number;
  /** -1 if the partition has no leader. */
  readonly leaders: ReadonlyMap<number, number>;
}

export interface ListOffsetsRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly which: WhichOffset;
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
  /** In the order in which the broker fills its response. */
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

export interface LogDirsAnswer {
  /** The first error of a directory, else 0. */
  readonly errorCode: number;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly bytes: bigint;
  }[];
}

export interface ConfigsAnswer extends TopicAnswer {
  /** Effective values, from any source. Null if the broker returns no value. */
  readonly configs: readonly (readonly [string, string | null])[];
}
