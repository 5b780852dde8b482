import type { ConnectionOptions } from 'node:tls';

import type { TopicPartition } from './position.ts';

/** A record of a topic. A null key or value is Kafka's null, never an empty buffer. */
export interface KafkaRecord {
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Why the record could not be read. It then has no key and no value. */
  readonly unreadable?: string;
  /** A header that names the schema of the value. Absent if there is none. */
  readonly schemaHeader?: SchemaHeader;
  /** As `schemaHeader`, of the key. */
  readonly keySchemaHeader?: SchemaHeader;
  /** In their order. Absent if there are none, or if the source does not read them. */
  readonly headers?: readonly RecordHeader[];
}

/** A header that names a schema, which is not in the key or the value then. */
export interface SchemaHeader {
  readonly name: string;
  readonly bytes: Buffer | null;
}

/** A value of null is Kafka's null. */
export type RecordHeader = readonly [name: string, value: Buffer | null];

export interface FetchPosition extends TopicPartition {
  /** The first offset to read. */
  readonly offset: bigint;
  /**
   * The id of the topic that the offset belongs to. If the topic of that name has another id, the
   * result is `topic-recreated`. Without it, the first id that this source read applies.
   */
  readonly topicId?: string | undefined;
}

/** Why a partition returned nothing. Each reason needs another reaction of the reader. */
export type FetchFailure =
  /** The topic or partition does not exist. */
  | 'topic-gone'
  /** The topic has another id than this reader expects: it was deleted and recreated. */
  | 'topic-recreated'
  /** The requested offset is below the log start or above the log end. */
  | 'offset-out-of-range'
  /** A batch cannot be decoded: its checksum or its compression is wrong. */
  | 'corrupt'
  /** An intact batch exceeds the limit after decompression. */
  | 'too-large'
  /** The leader is moving, access is not authorised, or a storage error: retry. */
  | 'retriable';

export interface FetchedPartition extends TopicPartition {
  /**
   * Committed records from the requested offset on, in offset order. Brokers return whole batches:
   * records below the requested offset, control records and records of aborted transactions are
   * removed.
   */
  readonly records: readonly KafkaRecord[];
  /**
   * The next offset to fetch. It is beyond `last.offset + 1` if gaps, control batches or aborted
   * records follow, so always use this one. With the failures `corrupt` and `too-large` it is
   * behind the unreadable batch, for a reader that skips it. With any other failure it is the
   * requested offset.
   */
  readonly nextOffset: bigint;
  /** The last stable offset: the end for a committed reader. -1 if a failure hides it. */
  readonly endOffset: bigint;
  /**
   * The end of the log, with the records that open transactions hold. -1 if a failure hides it, or
   * if this call did not wait for the partition's leader.
   */
  readonly highWatermark: bigint;
  /** The first offset of the log. -1 if a failure hides it. */
  readonly logStartOffset: bigint;
  readonly failure?: { readonly reason: FetchFailure; readonly detail: string };
}

export interface SourceOptions {
  /** Whether records have their headers. By default only `schemaHeader`, which is faster. */
  readonly hasHeaders?: boolean;
}

export interface FetchOptions {
  /** Milliseconds that the broker may hold the request if there are no records. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  readonly signal: AbortSignal;
}

export interface TopicDescription {
  readonly topic: string;
  /** Kafka's topic id (KIP-516) as UUID text. A recreated topic has another id. */
  readonly topicId: string;
  readonly partitions: number;
}

export type WhichOffset = 'earliest' | 'latest' | 'high-watermark';

/**
 * Reads topics without a consumer group. Never creates a topic. Every call settles: on its signal,
 * on the request timeout, or with a result. A call that cannot reach the broker throws
 * `AppError('KAFKA_UNAVAILABLE')`. The same object works again once the broker is back. Results are
 * copies or slices that the caller may keep.
 */
export interface RecordSource {
  /**
   * Fetches all positions once. Resolves as soon as any partition has a result, else after
   * `maxWaitMs` with empty results. Returns one entry per position, in any order. A failure of a
   * partition is in its entry and never fails the others. A failure resolves without waiting, so a
   * reader pauses before it fetches that partition again. One call at a time: a second one rejects.
   */
  fetch(positions: readonly FetchPosition[], options: FetchOptions): Promise<FetchedPartition[]>;
  /** Undefined if the topic does not exist. Always sends a request to the broker. */
  describe(topic: string, signal: AbortSignal): Promise<TopicDescription | undefined>;
  /**
   * The first offset of each partition, the end for a committed reader, or the high watermark.
   * Throws `AppError('TOPIC_NOT_FOUND')` if the topic does not exist.
   */
  offsets(
    topic: string,
    which: WhichOffset,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly (readonly [string, Buffer])[];
  /**
   * Milliseconds since the epoch. The default is the time of the write. A topic with LogAppendTime
   * ignores it.
   */
  readonly timestamp?: bigint | undefined;
}

export interface OutgoingBatch extends TopicPartition {
  /** Written contiguously and in this order. */
  readonly records: readonly OutgoingRecord[];
}

/** `not_written`: no record of the batch is in the topic. `unknown`: the records may be in it. */
export type ProduceResult =
  | { readonly ok: true; readonly baseOffset: bigint }
  | {
      readonly ok: false;
      readonly outcome: 'not_written' | 'unknown';
      /**
       * `rejected`: the batch itself is invalid, for example too large. `unavailable`: retry later.
       */
      readonly reason: 'rejected' | 'topic-gone' | 'unavailable';
      readonly detail: string;
    };

/** Writes records with acks=all to explicit partitions, with the idempotent producer. */
export interface RecordSink {
  /**
   * Sends the batches and returns one result per batch, in order. Never rejects and always settles
   * within `timeoutMs`. A batch that is not acknowledged by then is `unknown`, or `not_written` if
   * no byte was sent. Batches of one partition in successive calls keep their order.
   */
  produce(batches: readonly OutgoingBatch[], timeoutMs: number): Promise<ProduceResult[]>;
  close(): Promise<void>;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TopicAdmin {
  /** Resolves to false if the topic already exists. Waits until every partition has a leader. */
  create(topic: NewTopic, signal: AbortSignal): Promise<boolean>;
  /** Resolves to false if the topic does not exist. */
  delete(topic: string, signal: AbortSignal): Promise<boolean>;
  describe(topic: string, signal: AbortSignal): Promise<TopicDescription | undefined>;
  /** All topics that the client may see, except Kafka's internal ones, sorted by name. */
  list(signal: AbortSignal): Promise<readonly TopicDescription[]>;
  /**
   * The bytes of one copy of each topic. Undefined if a broker does not report them, for example
   * because the client may not describe the cluster.
   */
  sizes(signal: AbortSignal): Promise<ReadonlyMap<string, bigint> | undefined>;
  /** Effective settings by name, including defaults. Undefined if the topic does not exist. */
  configs(
    topic: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
  close(): Promise<void>;
}

/** Creates the objects that talk to Kafka. Each object has its own connections. */
export interface KafkaClient {
  source(options?: SourceOptions): RecordSource;
  sink(): RecordSink;
  admin(): TopicAdmin;
}

export type KafkaSasl =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'OAUTHBEARER';
      /** A token that is valid now. */
      readonly token: () => Promise<string>;
    };

/** Encryption and authentication of a connection. */
export interface KafkaSecurity {
  /** Set if the brokers use TLS. `{}` uses the defaults. */
  readonly tls?: ConnectionOptions;
  /** A sentence about a client certificate that is not valid now, for error messages. */
  readonly certificateProblem?: string | undefined;
  readonly sasl?: KafkaSasl;
}

export interface KafkaClientOptions {
  /** `host:port` entries. */
  readonly bootstrapServers: readonly string[];
  readonly clientId: string;
  /** Milliseconds until a request to a broker fails. */
  readonly requestTimeoutMs: number;
  /** Maximum bytes of a record batch after decompression. Larger ones are `too-large`. */
  readonly decompressedBytesMax: number;
  /**
   * Called for each new connection. Without it: no encryption and no authentication.
   */
  readonly security?: (() => Promise<KafkaSecurity>) | undefined;
}
