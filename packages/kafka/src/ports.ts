import type { ConnectionOptions } from 'node:tls';

import type { TopicPartition } from './position.ts';

/** A record as it lies in the topic. `null` key or value is Kafka's null, never an empty buffer. */
export interface KafkaRecord {
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface FetchPosition extends TopicPartition {
  /** The first offset wanted. */
  readonly offset: bigint;
  /**
   * The id of the topic that the offset belongs to. Where it is given, the topic of that name must
   * have it, else the answer is `topic-recreated`; where not, the id that this source saw first.
   */
  readonly topicId?: string | undefined;
}

/** Why a partition gave nothing. Total: each reason asks for another reaction of the reader. */
export type FetchFailure =
  /** The topic or partition does not exist (any more). */
  | 'topic-gone'
  /** The name belongs to another topic id than this reader saw first: deleted and made anew. */
  | 'topic-recreated'
  /** The wanted offset is below the log start or above the log end. */
  | 'offset-out-of-range'
  /** A batch cannot be decoded: checksum, compression, or larger than the decompressed limit. */
  | 'corrupt'
  /** Leader moving, not authorised yet, storage error: worth asking again. */
  | 'retriable';

export interface FetchedPartition extends TopicPartition {
  /**
   * Committed records from the wanted offset on, in offset order. Records below the wanted offset
   * (brokers return whole batches), control records and records of aborted transactions are not
   * among them.
   */
  readonly records: readonly KafkaRecord[];
  /**
   * Where to read on. Beyond the last record where the log has gaps, control batches or aborted
   * records there: always take this, never `last.offset + 1`. With the failure `corrupt` it is
   * behind the batch that cannot be read, for a reader that decides to leave it out; with any other
   * failure it is the wanted offset.
   */
  readonly nextOffset: bigint;
  /** The end a committed reader can reach now (last stable offset); -1 with a failure that hides it. */
  readonly endOffset: bigint;
  /** The first offset that the log still has; -1 with a failure that hides it. */
  readonly logStartOffset: bigint;
  readonly failure?: { readonly reason: FetchFailure; readonly detail: string };
}

export interface FetchOptions {
  /** Milliseconds the broker may hold the request while there is nothing to send. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  readonly signal: AbortSignal;
}

export interface TopicDescription {
  readonly topic: string;
  /** Kafka's topic id (KIP-516) in its UUID text form; differs after delete and create. */
  readonly topicId: string;
  readonly partitions: number;
}

/**
 * Reads topics without a consumer group. Never creates a topic by asking for it. Every call
 * settles: on its signal, on the adapter's request timeout, or with an answer. A call that cannot
 * reach the broker throws `AppError('KAFKA_UNAVAILABLE')`; the same object works again once the
 * broker is back. Results are copies or slices the caller may keep.
 */
export interface RecordSource {
  /**
   * One fetch round over all the positions. Resolves as soon as any partition has something, else
   * after `maxWaitMs` with empty results. Answers one entry per position, in any order. A failure
   * of one partition is in its entry and never fails the others. It answers without waiting, so a
   * reader pauses before it asks for that partition again. One call at a time: a second one rejects.
   */
  fetch(positions: readonly FetchPosition[], options: FetchOptions): Promise<FetchedPartition[]>;
  /** Undefined when the topic does not exist. Always asks the broker. */
  describe(topic: string, signal: AbortSignal): Promise<TopicDescription | undefined>;
  /**
   * Partition to first offset kept, or to the end a committed reader can reach. Throws
   * `AppError('TOPIC_NOT_FOUND')` when the topic does not exist.
   */
  offsets(
    topic: string,
    which: 'earliest' | 'latest',
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, bigint>>;
  close(): Promise<void>;
}

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly (readonly [string, Buffer])[];
  /** Milliseconds since the epoch; the time of the write by default. A topic with LogAppendTime ignores it. */
  readonly timestamp?: bigint | undefined;
}

export interface OutgoingBatch extends TopicPartition {
  /** Written contiguously and in this order. */
  readonly records: readonly OutgoingRecord[];
}

/** `not_written`: certain that no record of the batch is in the topic. `unknown`: it may be. */
export type ProduceResult =
  | { readonly ok: true; readonly baseOffset: bigint }
  | {
      readonly ok: false;
      readonly outcome: 'not_written' | 'unknown';
      /** `rejected`: this batch is refused for what it is (too large); `unavailable`: try later. */
      readonly reason: 'rejected' | 'topic-gone' | 'unavailable';
      readonly detail: string;
    };

/** Writes records with acks=all to explicit partitions, with the idempotent producer. */
export interface RecordSink {
  /**
   * Sends the batches and answers one result per batch, in order. Never rejects and always settles
   * within `timeoutMs`: what is not acknowledged by then is `unknown`, or `not_written` where no
   * byte was sent. Batches of one partition in successive calls keep their order.
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
  /** Resolves to false when the topic exists already. Waits until every partition has a leader. */
  create(topic: NewTopic, signal: AbortSignal): Promise<boolean>;
  /** Resolves to false when there is no such topic. */
  delete(topic: string, signal: AbortSignal): Promise<boolean>;
  describe(topic: string, signal: AbortSignal): Promise<TopicDescription | undefined>;
  /** Settings by name as they are in force, defaults too. Undefined when there is no such topic. */
  configs(
    topic: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
  close(): Promise<void>;
}

/** What a service is given to reach Kafka; each object has its own connections. */
export interface KafkaClient {
  source(): RecordSource;
  sink(): RecordSink;
  admin(): TopicAdmin;
}

/** How a connection is made safe, and how the client says who it is. */
export interface KafkaSecurity {
  /** Set, if only to `{}`, where the brokers want TLS. */
  readonly tls?: ConnectionOptions;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

export interface KafkaClientOptions {
  /** `host:port` entries. */
  readonly bootstrapServers: readonly string[];
  readonly clientId: string;
  /** Milliseconds until one request to a broker counts as failed. */
  readonly requestTimeoutMs: number;
  /** Bytes one record batch may have after decompression; larger ones are `corrupt`. */
  readonly decompressedBytesMax: number;
  /** Without it: plain text, as anybody. */
  readonly security?: KafkaSecurity;
}
