import { AppError } from '@quicksilver/common/errors/app-error';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { FetchedPartition, FetchFailure } from '@quicksilver/kafka/ports';

import type { PartitionTarget } from './partition-target.ts';

/** Why a lane ended on its own. The session decides how to continue. */
export type LaneEnd =
  | { readonly reason: Exclude<FetchFailure, 'retriable' | 'too-large'>; readonly detail: string }
  | { readonly reason: 'store-failed'; readonly error: unknown };

export interface LaneOptions {
  readonly topic: string;
  /** The lane applies only records of the topic with this id. */
  readonly topicId: string;
  readonly target: PartitionTarget;
  readonly onEnd: (end: LaneEnd) => void;
}

/** Batches that may wait behind the one being applied. With one, a fetch overlaps an apply. */
const WAITING_MAX = 1;
const RETRY = { firstMs: 100, maxMs: 5_000 };
const UNREADABLE_RETRY = { firstMs: 100, maxMs: 2_000 };

/**
 * The way of one partition from the fetch loop to its target. It holds at most two batches and
 * applies them one after the other. While it is full, or pauses after a failure, the loop skips it.
 */
export class Lane {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly #options: LaneOptions;
  readonly #backoff = new Backoff(RETRY);
  readonly #waiting: FetchedPartition[] = [];
  #fetchOffset: bigint;
  #working: Promise<void> | undefined;
  #isApplying = false;
  /** Resolves when the next step of settling is done. */
  #settling: PromiseWithResolvers<boolean> | undefined;
  readonly #closing = new AbortController();
  #closed = false;
  /** The records of the current batch cannot be read for now. */
  #isHeldUp = false;
  #pausedUntilMs = 0;
  #progressMs = performance.now();
  /** Called when the lane has room for a fetch. The loop sets it. */
  onRoom: () => void = () => {};

  constructor(options: LaneOptions) {
    this.topic = options.topic;
    this.topicId = options.topicId;
    this.partition = options.target.partition;
    this.#options = options;
    this.#fetchOffset = options.target.nextOffset;
  }

  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX;
  }

  /** The offset to fetch next. Undefined while the loop must skip the lane. */
  offsetToFetch(nowMs: number): bigint | undefined {
    return this.#closed || this.isFull || nowMs < this.#pausedUntilMs
      ? undefined
      : this.#fetchOffset;
  }

  /**
   * Takes the response to a fetch at `offset`. The response to a fetch from before a change is
   * dropped.
   */
  take(fetched: FetchedPartition, offset: bigint): void {
    if (this.#closed || offset !== this.#fetchOffset) {
      return;
    }
    if (fetched.failure?.reason === 'too-large') {
      this.#accept(withoutBatch(fetched, fetched.failure.detail), offset);
      return;
    }
    if (fetched.failure !== undefined) {
      this.#failed(fetched.failure.reason, fetched.failure.detail);
      return;
    }
    this.#accept(fetched, offset);
  }

  #accept(fetched: FetchedPartition, offset: bigint): void {
    this.#backoff.reset();
    // Without it the broker has not responded to this fetch.
    const isReported = fetched.highWatermark >= 0n;
    const isAtEnd = isReported && fetched.nextOffset >= fetched.endOffset;
    if (isReported) {
      this.#options.target.noteEnd(fetched.highWatermark);
    }
    if (isAtEnd || fetched.nextOffset > offset) {
      this.#progressMs = performance.now();
      this.#progressed();
    }
    this.#fetchOffset = fetched.nextOffset;
    this.#waiting.push(fetched);
    this.#working ??= this.#work();
  }

  /**
   * Runs one step of settling behind the current batch. Resolves to whether work is left. A failure
   * ends the lane.
   */
  settle(): Promise<boolean> {
    if (this.#closed || this.#isHeldUp) {
      return Promise.resolve(false);
    }
    this.#settling ??= Promise.withResolvers<boolean>();
    const { promise } = this.#settling;
    this.#working ??= this.#work();
    return promise;
  }

  /** Milliseconds without a response that had records or showed the end of the partition. */
  idleMs(nowMs: number): number {
    // Batches in the queue wait for the store, not for Kafka.
    return this.#isApplying ? 0 : nowMs - this.#progressMs;
  }

  stalled(detail: string): void {
    this.#options.target.transition('stalled', detail);
  }

  /** Drops the queue. Resolves when no apply is in progress. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort();
    this.#waiting.length = 0;
    await this.#working;
  }

  /** Runs one step after the other until the queue is empty. Never rejects. */
  async #work(): Promise<void> {
    try {
      while (this.#waiting.length > 0 || this.#settling !== undefined) {
        await this.#applyNext();
        await this.#settleNext();
      }
    } catch (error) {
      this.#end({ reason: 'store-failed', error });
    }
    this.#isApplying = false;
    this.#answerSettling(false);
    this.#working = undefined;
  }

  async #applyNext(): Promise<void> {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#isApplying = true;
      this.onRoom();
      await this.#apply(next);
      this.#isApplying = false;
      this.#progressMs = performance.now();
    }
  }

  async #settleNext(): Promise<void> {
    if (this.#settling !== undefined) {
      this.#answerSettling(!this.#closed && (await this.#options.target.settle()));
    }
  }

  #answerSettling(hasMore: boolean): void {
    this.#settling?.resolve(hasMore);
    this.#settling = undefined;
  }

  /** Retries until the records can be read or the lane is closed. Meanwhile later batches wait. */
  async #apply(fetched: FetchedPartition): Promise<void> {
    const { target } = this.#options;
    const backoff = new Backoff(UNREADABLE_RETRY);
    while (!this.#closed) {
      try {
        await target.apply(fetched);
        this.#isHeldUp = false;
        if (backoff.attempts > 0) {
          this.#progressed();
        }
        return;
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'REGISTRY_UNAVAILABLE') {
          throw error;
        }
        this.#isHeldUp = true;
        this.#answerSettling(false);
        target.transition('stalled', error.message);
        await pause(backoff.next(), this.#closing.signal);
      }
    }
  }

  /** While fetched records cannot be read, the progress of Kafka does not count. */
  #progressed(): void {
    if (!this.#isHeldUp) {
      this.#options.target.transition('progressed');
    }
  }

  #failed(reason: Exclude<FetchFailure, 'too-large'>, detail: string): void {
    if (reason === 'retriable') {
      this.#pausedUntilMs = performance.now() + this.#backoff.next();
      return;
    }
    this.#end({ reason, detail });
  }

  #end(end: LaneEnd): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#waiting.length = 0;
      this.#options.onEnd(end);
    }
  }
}

/**
 * No retry can read a batch that is too large, so one poison record replaces it. A corrupt batch
 * may be a fault on the way, and is read again.
 */
export function withoutBatch(
  { failure: _failure, ...fetched }: FetchedPartition,
  detail: string,
): FetchedPartition {
  const offset = fetched.nextOffset - 1n;
  const unreadable = `The records up to offset ${offset} are skipped, because ${detail}`;
  const record = { offset, timestamp: -1n, key: null, value: null, unreadable };
  return { ...fetched, records: [record] };
}
