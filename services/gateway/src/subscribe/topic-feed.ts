import { AppError } from '@quicksilver/common/errors/app-error';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import { PartitionWatch } from '@quicksilver/kafka/partition-watch';
import type { FetchedPartition, FetchFailure, RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { readablesOf, type ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { decodeEvent, keyId } from './decode-event.ts';
import type { FeedEvent } from './feed-event.ts';
import type { FirstWrites } from './first-writes.ts';
import { rowRecords, type RecordReaders } from './row-records.ts';
import { Subscribers } from './subscribers.ts';
import type { Subscription } from './subscription.ts';

export interface TopicFeedOptions {
  readonly topic: TopicEntry;
  /** The feed closes it. */
  readonly source: RecordSource;
  readonly values: Pick<ValueReaders, 'readerOf' | 'keyReaderOf'>;
  readonly log: Log;
  /** Milliseconds for finding the end of the topic. */
  readonly startMs: number;
  /** Called each time the last subscriber has left. */
  readonly onEmpty: () => void;
  readonly onEvent: (outcome: FeedOutcome, dropped: number) => void;
  /** Selects the visible records of an immutable topic. */
  readonly firstWrites?: FirstWrites;
}

/** The outcome of a record with a subscriber. A `loser` is a later write of an immutable key. */
export type FeedOutcome = 'delivered' | 'poison' | 'loser';

/** An event and the id of its key. */
interface KeyedEvent {
  readonly id: string;
  readonly event: FeedEvent;
}

const FETCH = { maxWaitMs: 500, maxBytesPerPartition: 1_048_576 };

/** The error of subscriptions when the topic of the feed changes. */
const CODE_OF: Readonly<Record<Exclude<FetchFailure, 'retriable' | 'too-large'>, ErrorCode>> = {
  'topic-gone': 'TOPIC_NOT_FOUND',
  'topic-recreated': 'TOPIC_RECREATED',
  'offset-out-of-range': 'RESUME_TOO_OLD',
  corrupt: 'UPSTREAM_BAD_RESPONSE',
};

/**
 * Reads the tail of one topic once for all its subscribers, without a consumer group. It starts at
 * the end of the topic at that time. Every later record reaches all its subscribers once and in the
 * order of its partition, or the subscriber gets an error.
 */
export class TopicFeed {
  readonly #options: TopicFeedOptions;
  readonly #subscribers = new Subscribers();
  readonly #stopping = new AbortController();
  #positions: Map<number, bigint> | undefined;
  #watch: PartitionWatch | undefined;
  #started: Promise<void> | undefined;
  #following: Promise<void> = Promise.resolve();
  #failure: AppError | undefined;

  constructor(options: TopicFeedOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Subscribers that miss no later record. Those that wait for the start do not count. */
  get listening(): number {
    return this.#positions === undefined ? 0 : this.#subscribers.size;
  }

  /** Whether the feed has failed or stopped. It then accepts no more subscribers. */
  get isOver(): boolean {
    return this.#failure !== undefined || this.#stopping.signal.aborted;
  }

  /**
   * Resolves once the subscription misses no later record. Without `key` it receives all records. A
   * subscription may follow several topics. `leave` removes it from this one.
   */
  async add(subscription: Subscription, key: Buffer | undefined): Promise<void> {
    this.#subscribers.add(subscription, this.#idOf(key));
    this.#started ??= this.#start();
    await this.#started;
  }

  leave(subscription: Subscription, key: Buffer | undefined): void {
    this.#subscribers.remove(subscription, this.#idOf(key));
    if (this.#subscribers.size === 0) {
      this.#options.onEmpty();
    }
  }

  #idOf(key: Buffer | undefined): string | undefined {
    return key && keyId(this.#options.topic, key);
  }

  /** Ends every subscription after its queued events. */
  end(): void {
    for (const subscription of this.#subscribers.all()) {
      subscription.end();
    }
  }

  /** Ends every subscription with an error, after its queued events. */
  failAll(error: AppError): void {
    for (const subscription of this.#subscribers.all()) {
      subscription.fail(error);
    }
  }

  /** Frees everything and ends the remaining subscriptions. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.end();
    await this.#started?.catch(ignoreStart);
    await this.#following;
    await this.#options.source.close();
  }

  async #start(): Promise<void> {
    const { source, topic, startMs, log } = this.#options;
    const late = AbortSignal.timeout(startMs);
    const signal = AbortSignal.any([late, this.#stopping.signal]);
    try {
      const described = await source.describe(topic.name, signal);
      if (described === undefined) {
        throw new AppError('TOPIC_NOT_FOUND', `Topic ${topic.name} does not exist in Kafka.`);
      }
      this.#watch = new PartitionWatch(source, topic.name, described.topicId);
      this.#positions = new Map(await source.offsets(topic.name, 'latest', signal));
    } catch (error) {
      this.#failure = asKafkaError(error, topic.name);
      throw this.#failure;
    }
    const start = [...this.#positions].map(([partition, offset]) => `${partition}:${offset}`);
    log.info({ topic: topic.name, start: start.join(',') }, 'a feed has started');
    this.#following = this.#follow().catch((error: unknown) => {
      this.#fail('INTERNAL', describeError(error));
    });
  }

  async #follow(): Promise<void> {
    const backoff = new Backoff({ firstMs: 50, maxMs: 2_000 });
    while (!this.isOver) {
      try {
        await this.#watch?.addTo(this.#positions ?? new Map(), this.#stopping.signal);
        if (await this.#step()) {
          backoff.reset();
          continue;
        }
      } catch (error) {
        if (!this.isOver && backoff.attempts === 0) {
          const fields = { topic: this.#options.topic.name, err: error };
          this.#options.log.warn(fields, 'a feed cannot read its topic and retries');
        }
      }
      await pause(backoff.next(), this.#stopping.signal);
    }
  }

  /** Reads once. False if the next read should wait. */
  async #step(): Promise<boolean> {
    const { source, topic } = this.#options;
    const positions = [...(this.#positions ?? [])].map(([partition, offset]) => ({
      topic: topic.name,
      partition,
      offset,
    }));
    const fetched = await source.fetch(positions, { ...FETCH, signal: this.#stopping.signal });
    if (!(await this.#deliver(fetched.filter(isPassable)))) {
      return false;
    }
    let isGood = true;
    for (const { failure } of fetched) {
      const isRetriable =
        failure?.reason === 'retriable' ||
        // This broker does not have the metadata of an added partition yet.
        (failure?.reason === 'topic-gone' &&
          (await this.#watch?.describe(this.#stopping.signal)) !== undefined);
      if (isRetriable) {
        isGood = false;
      } else if (failure?.reason === 'too-large') {
        this.#options.onEvent('poison', 0);
      } else if (failure !== undefined) {
        this.#fail(CODE_OF[failure.reason], failure.detail);
        return false;
      }
    }
    return isGood;
  }

  /** False if the feed is over. */
  async #deliver(parts: readonly FetchedPartition[]): Promise<boolean> {
    const { onEvent, topic, values } = this.#options;
    const records = parts.flatMap((part) => part.records);
    // If a schema cannot be fetched, this rejects, and the same records are read again.
    const readKey = await values.keyReaderOf(topic, records);
    const reader = await values.readerOf(topic, readablesOf(topic, records));
    const events = parts.flatMap((part) => this.#eventsOf(part, { reader, readKey }));
    const visible = await this.#visible(events.map(({ event }) => event));
    if (visible === undefined) {
      return false;
    }
    for (const { id, event } of events) {
      if (visible.has(event)) {
        onEvent('delivered', this.#subscribers.deliver(id, event));
      } else {
        onEvent('loser', 0);
      }
    }
    for (const { partition, nextOffset } of parts) {
      this.#positions?.set(partition, nextOffset);
    }
    return true;
  }

  /** The events that readers may see. Undefined if the mirror failed and the feed is over. */
  async #visible(events: readonly FeedEvent[]): Promise<ReadonlySet<FeedEvent> | undefined> {
    const { firstWrites } = this.#options;
    if (firstWrites === undefined) {
      return new Set(events);
    }
    try {
      return new Set(await firstWrites.among(events, this.#stopping.signal));
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      if (!this.isOver) {
        this.#fail(error.code, `its mirror cannot report which writes count: ${error.message}`);
      }
      return undefined;
    }
  }

  /** The events of records that have a subscriber. */
  #eventsOf(part: FetchedPartition, readers: RecordReaders): KeyedEvent[] {
    const { topic, onEvent, log } = this.#options;
    const events: KeyedEvent[] = [];
    const onPoison = (): void => onEvent('poison', 0);
    const { records, values } = rowRecords(topic, part.records, readers, onPoison);
    for (const record of records) {
      const { key, value } = record;
      if (key === null) {
        continue;
      }
      const id = keyId(topic, key);
      const hasSubscriber =
        value === null
          ? this.#subscribers.hasForTombstone(id, topic.name)
          : this.#subscribers.has(id);
      if (!hasSubscriber) {
        continue;
      }
      try {
        events.push({ id, event: decodeEvent(topic, part.partition, { ...record, key }, values) });
      } catch (error) {
        // As in the mirror, a record that cannot be decoded is skipped and counted.
        if (!(error instanceof AppError)) {
          log.error({ topic: topic.name, err: error }, 'a record failed with an unexpected error');
        }
        onPoison();
      }
    }
    return events;
  }

  #fail(code: ErrorCode, detail: string): void {
    const { topic, log } = this.#options;
    this.#failure = new AppError(
      code,
      `Topic ${topic.name} cannot be followed any longer: ${detail}`,
    );
    log.warn({ topic: topic.name, code, detail }, 'a feed has ended');
    for (const subscription of this.#subscribers.all()) {
      subscription.fail(this.#failure);
    }
  }
}

function asKafkaError(error: unknown, topic: string): AppError {
  return error instanceof AppError
    ? error
    : new AppError(
        'KAFKA_UNAVAILABLE',
        `The end of topic ${topic} could not be found: ${describeError(error)}`,
        { cause: error },
      );
}

function ignoreStart(): void {
  // The subscribers have received the error.
}

/** A batch that is too large is skipped, as a poison record is. */
function isPassable({ failure }: FetchedPartition): boolean {
  return failure === undefined || failure.reason === 'too-large';
}
