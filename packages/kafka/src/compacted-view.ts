import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import type { FetchedPartition, RecordSource } from './ports.ts';

export interface CompactedViewOptions {
  /** Owned by the view from here on, which closes it. */
  readonly source: RecordSource;
  /** A compacted topic of one partition. */
  readonly topic: string;
  readonly log: Log;
  /**
   * Hears of every record that has a key, in the order of the topic; null is a tombstone. Must not
   * throw: the record would come again without an end.
   */
  readonly onRecord: (key: string, value: Buffer | null, offset: bigint) => void;
  /**
   * Called when the topic was made anew, right before the new topic's records come: its offsets
   * have nothing to do with those before. What the old one had and the new one has not comes as a
   * tombstone afterwards, so a plain map of keys needs no reset.
   */
  readonly onReset?: () => void;
}

interface Reading {
  readonly topicId: string;
  nextOffset: bigint;
  /** The last record by key, kept until a topic that was made anew has been read to its end. */
  readonly held: Map<string, HeldRecord> | undefined;
}

interface HeldRecord {
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
 * Follows a compacted topic of one partition without an end. `start` returns at once: a broker or a
 * topic that is not there yet is waited for, and `notReady` says so. While the topic cannot be read,
 * or is gone, what is known stays; once it was made anew, what is known is replaced in one step,
 * when the new topic has been read to its end.
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

  /** True from the first time on that the end of the topic was reached. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** The first offset that `onRecord` has not heard of. */
  get nextOffset(): bigint {
    return this.#nextOffset;
  }

  async start(run: Run): Promise<void> {
    const signal = AbortSignal.any([run.signal, this.#stopping.signal]);
    this.#following = this.#follow(signal).catch(run.fail);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    await this.#options.source.close();
  }

  notReady(): string | undefined {
    return this.#isCaughtUp ? undefined : `topic ${this.#options.topic} ${this.#problem}`;
  }

  /** Resolves once `onRecord` has heard of all up to this offset. Rejects when the signal aborts. */
  caughtUpTo(offset: bigint, signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#nextOffset > offset, signal);
  }

  /** Resolves once the end was reached for the first time. Rejects when the signal aborts. */
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
        log.warn({ topic, problem }, 'a topic that this service follows cannot be read');
      }
      await pause(backoff.next(), signal);
    }
  }

  /** Reads once. Answers a problem where a pause is due before the next read. */
  async #step(signal: AbortSignal): Promise<string | undefined> {
    const { source, topic } = this.#options;
    try {
      this.#reading ??= await this.#begin(signal);
      const reading = this.#reading;
      if (reading === undefined) {
        return NOT_THERE;
      }
      const { topicId, nextOffset: offset } = reading;
      const position = { topic, partition: PARTITION, offset, topicId };
      const [fetched] = await source.fetch([position], { ...FETCH, signal });
      return fetched === undefined ? 'gave no answer' : this.#take(reading, fetched);
    } catch (error) {
      return `cannot be read: ${describeError(error)}`;
    }
  }

  async #begin(signal: AbortSignal): Promise<Reading | undefined> {
    const { source, topic } = this.#options;
    const described = await source.describe(topic, signal);
    if (described === undefined) {
      return undefined;
    }
    return {
      topicId: described.topicId,
      nextOffset: (await source.offsets(topic, 'earliest', signal)).get(PARTITION) ?? 0n,
      held: this.#hasRead ? new Map() : undefined,
    };
  }

  #take(reading: Reading, fetched: FetchedPartition): string | undefined {
    const { failure, records, nextOffset, endOffset } = fetched;
    if (failure !== undefined) {
      if (failure.reason !== 'retriable' && failure.reason !== 'corrupt') {
        // Gone, made anew or truncated: begun again, with whatever has the name then.
        this.#reading = undefined;
      }
      return `cannot be read: ${failure.detail}`;
    }
    this.#hasRead = true;
    for (const { key, value, offset } of records) {
      if (key !== null) {
        this.#heard(reading, key.toString('utf8'), { value, offset });
      }
    }
    reading.nextOffset = nextOffset;
    if (nextOffset >= endOffset) {
      this.#reachedEnd(reading);
    }
    if (reading.held === undefined) {
      this.#nextOffset = nextOffset;
    }
    for (const waiter of this.#waiters) {
      if (waiter.isMet()) {
        waiter.resolve();
      }
    }
    return undefined;
  }

  #heard({ held }: Reading, key: string, record: HeldRecord): void {
    if (held === undefined) {
      this.#deliver(key, record);
    } else {
      // Put in anew, so that the order is that of the last records.
      held.delete(key);
      held.set(key, record);
    }
  }

  #reachedEnd(reading: Reading): void {
    const { topic, log, onReset } = this.#options;
    const { held, nextOffset } = reading;
    if (held !== undefined) {
      const old = [...this.#keys];
      onReset?.();
      for (const [key, record] of held) {
        this.#deliver(key, record);
      }
      for (const key of old.filter((known) => !held.has(known))) {
        this.#deliver(key, { value: null, offset: nextOffset - 1n });
      }
      this.#reading = { ...reading, held: undefined };
      this.#nextOffset = nextOffset;
    }
    if (held !== undefined || !this.#isCaughtUp) {
      this.#isCaughtUp = true;
      log.info({ topic, keys: this.#keys.size }, 'a topic that this service follows was read');
    }
  }

  #deliver(key: string, { value, offset }: HeldRecord): void {
    if (value === null) {
      this.#keys.delete(key);
    } else {
      this.#keys.add(key);
    }
    this.#options.onRecord(key, value, offset);
  }
}
