import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import { unpackValue } from '@quicksilver/common/records/packed-value';
import { existingName } from './existing-name.ts';
import type { FetchedPartition, RecordSource } from './ports.ts';

export interface CompactedViewOptions {
  /** The view takes ownership of the source and closes it. */
  readonly source: RecordSource;
  /** A compacted topic of one partition. */
  readonly topic: string;
  /** An earlier name of the topic, which is read if only it exists. */
  readonly formerTopic?: string | undefined;
  readonly log: Log;
  /**
   * Called for every record that has a key, in the order of the topic. Null is a tombstone. Must
   * not throw, because the view would read the record again without end.
   */
  readonly onRecord: (key: string, value: Buffer | null, offset: bigint) => void;
  /**
   * Called when the topic was recreated, right before the records of the new topic. Offsets of the
   * old topic are no longer valid. Each key that exists only in the old topic then gets a
   * tombstone, so a plain map of keys needs no reset.
   */
  readonly onReset?: () => void;
}

interface Reading {
  readonly topic: string;
  readonly topicId: string;
  nextOffset: bigint;
  /** The last record of each key, buffered until a recreated topic has been read to its end. */
  readonly buffer: Map<string, BufferedRecord> | undefined;
}

interface BufferedRecord {
  readonly value: Buffer | null;
  readonly offset: bigint;
}

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

const PARTITION = 0;
const FETCH = { maxWaitMs: 500, maxBytesPerPartition: 1_048_576 };
const NOT_THERE = 'does not exist yet';

/**
 * Follows a compacted topic of one partition until it is stopped. `start` returns at once. The view
 * waits for a broker or topic that is missing, and `notReady` reports it. While the topic cannot be
 * read or is deleted, the entries stay. After the topic was recreated, all entries are replaced in
 * one step, when the new topic has been read to its end.
 */
export class CompactedView implements Part {
  readonly name: string;
  readonly #options: CompactedViewOptions;
  readonly #keys = new Set<string>();
  readonly #waiters = new Set<Waiter>();
  readonly #stopping = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #reading: Reading | undefined;
  #hasRead = false;
  #nextOffset = 0n;
  #isCaughtUp = false;
  #problem = 'has not been read yet';

  constructor(options: CompactedViewOptions) {
    this.#options = options;
    this.name = `view of ${options.topic}`;
  }

  /** True once the end of the topic has been reached for the first time. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** The first offset that has not been delivered to `onRecord`. */
  get nextOffset(): bigint {
    return this.#nextOffset;
  }

  async start(context: PartContext): Promise<void> {
    const signal = AbortSignal.any([context.signal, this.#stopping.signal]);
    this.#following = this.#follow(signal).catch(context.fail);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    await this.#options.source.close();
  }

  notReady(): string | undefined {
    return this.#isCaughtUp ? undefined : `topic ${this.#options.topic} ${this.#problem}`;
  }

  /** Resolves once all records up to this offset are delivered. Rejects when the signal aborts. */
  caughtUpTo(offset: bigint, signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#nextOffset > offset, signal);
  }

  /** Resolves once the end is reached for the first time. Rejects when the signal aborts. */
  untilCaughtUp(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#isCaughtUp, signal);
  }

  async #until(isMet: () => boolean, signal: AbortSignal): Promise<void> {
    const end = AbortSignal.any([signal, this.#stopping.signal]);
    end.throwIfAborted();
    if (isMet()) {
      return;
    }
    const met = Promise.withResolvers<void>();
    const waiter = { isMet, resolve: met.resolve };
    const giveUp = (): void => met.reject(end.reason);
    this.#waiters.add(waiter);
    end.addEventListener('abort', giveUp, { once: true });
    try {
      await met.promise;
    } finally {
      this.#waiters.delete(waiter);
      end.removeEventListener('abort', giveUp);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
    while (!signal.aborted) {
      const problem = await this.#step(signal);
      if (problem === undefined) {
        backoff.reset();
        continue;
      }
      if (signal.aborted) {
        return;
      }
      this.#problem = problem;
      if (backoff.attempts === 0 && problem !== NOT_THERE) {
        const { topic, log } = this.#options;
        log.warn({ topic, problem }, 'failed to read a topic that this service follows');
      }
      await pause(backoff.next(), signal);
    }
  }

  /** Reads once. Returns a problem if a pause is due before the next read. */
  async #step(signal: AbortSignal): Promise<string | undefined> {
    const { source } = this.#options;
    try {
      this.#reading ??= await this.#begin(signal);
      const reading = this.#reading;
      if (reading === undefined) {
        return NOT_THERE;
      }
      const { topic, topicId, nextOffset: offset } = reading;
      const position = { topic, partition: PARTITION, offset, topicId };
      const [fetched] = await source.fetch([position], { ...FETCH, signal });
      return fetched === undefined ? 'returned no response' : this.#take(reading, fetched);
    } catch (error) {
      return `cannot be read: ${describeError(error)}`;
    }
  }

  async #begin(signal: AbortSignal): Promise<Reading | undefined> {
    const { source, topic: name, formerTopic } = this.#options;
    const topic = await existingName(source, { topic: name, formerTopic }, signal);
    const described = await source.describe(topic, signal);
    if (described === undefined) {
      return undefined;
    }
    return {
      topic,
      topicId: described.topicId,
      nextOffset: (await source.offsets(topic, 'earliest', signal)).get(PARTITION) ?? 0n,
      buffer: this.#hasRead ? new Map() : undefined,
    };
  }

  #take(reading: Reading, fetched: FetchedPartition): string | undefined {
    const { failure, records, nextOffset, endOffset } = fetched;
    if (failure !== undefined) {
      if (!['retriable', 'corrupt', 'too-large'].includes(failure.reason)) {
        // Deleted, recreated or truncated: start again with the current topic of that name.
        this.#reading = undefined;
      }
      return `cannot be read: ${failure.detail}`;
    }
    this.#hasRead = true;
    for (const { key, value, offset } of records) {
      if (key !== null) {
        this.#receive(reading, key.toString('utf8'), { value, offset });
      }
    }
    reading.nextOffset = nextOffset;
    if (nextOffset >= endOffset) {
      this.#reachedEnd(reading);
    }
    if (reading.buffer === undefined) {
      this.#nextOffset = nextOffset;
    }
    for (const waiter of this.#waiters) {
      if (waiter.isMet()) {
        waiter.resolve();
      }
    }
    return undefined;
  }

  #receive({ buffer }: Reading, key: string, record: BufferedRecord): void {
    if (buffer === undefined) {
      this.#deliver(key, record);
    } else {
      // Delete first, so that the map has the order of the last records.
      buffer.delete(key);
      buffer.set(key, record);
    }
  }

  #reachedEnd(reading: Reading): void {
    const { topic, log, onReset } = this.#options;
    const { buffer, nextOffset } = reading;
    if (buffer !== undefined) {
      const old = [...this.#keys];
      onReset?.();
      for (const [key, record] of buffer) {
        this.#deliver(key, record);
      }
      for (const key of old.filter((entry) => !buffer.has(entry))) {
        this.#deliver(key, { value: null, offset: nextOffset - 1n });
      }
      this.#reading = { ...reading, buffer: undefined };
      this.#nextOffset = nextOffset;
    }
    if (buffer !== undefined || !this.#isCaughtUp) {
      this.#isCaughtUp = true;
      log.info(
        { topic, keys: this.#keys.size },
        'caught up with a topic that this service follows',
      );
    }
  }

  #deliver(key: string, { value, offset }: BufferedRecord): void {
    if (value === null) {
      this.#keys.delete(key);
    } else {
      this.#keys.add(key);
    }
    this.#options.onRecord(key, value && unpackValue(value), offset);
  }
}
