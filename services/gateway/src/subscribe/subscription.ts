import { AppError } from '@quicksilver/common/errors/app-error';
import { BoundedQueue } from '@quicksilver/common/flow/bounded-queue';

import type { FeedEvent } from './feed-event.ts';

export interface SubscriptionOptions {
  /** Topics whose tombstones are events too. */
  readonly tombstonesOf: ReadonlySet<string>;
  readonly itemsMax: number;
  readonly bytesMax: number;
  /** Called once, when the subscription ends or the subscriber leaves. */
  readonly onLeave: (subscription: Subscription) => void;
}

/**
 * One subscriber of the feeds of its topics. It never delays a feed. When its queue is full, it
 * gets the queued events, then SUBSCRIPTION_OVERRUN, then the end. It is not a generator, because
 * `return` of a generator waits for a pending `next`, which waits for an event.
 */
export class Subscription implements AsyncIterableIterator<FeedEvent, undefined, undefined> {
  readonly #options: SubscriptionOptions;
  readonly #queue: BoundedQueue<FeedEvent>;
  #isOver = false;
  #hasLeft = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#queue = new BoundedQueue({
      itemsMax: options.itemsMax,
      bytesMax: options.bytesMax,
      sizeOf: (event) => event.bytes,
    });
  }

  includesTombstonesOf(topic: string): boolean {
    return this.#options.tombstonesOf.has(topic);
  }

  /** False if the subscriber was too slow. The subscription then ends. */
  deliver(event: FeedEvent): boolean {
    const isIncluded = !event.isTombstone || this.includesTombstonesOf(event.topic);
    if (!isIncluded || this.#queue.push(event)) {
      return true;
    }
    this.fail(
      new AppError(
        'SUBSCRIPTION_OVERRUN',
        `The subscriber of topic ${event.topic} did not keep up, and its queue is full (${this.#queue.length} events). Subscribe again and read faster.`,
      ),
    );
    return false;
  }

  /** The subscriber receives what is queued, then the error, then the end. */
  fail(error: AppError): void {
    this.#queue.fail(error);
    this.#leave();
  }

  /** The subscriber receives what is queued, then the end. */
  end(): void {
    this.#queue.end();
    this.#leave();
  }

  async next(): Promise<IteratorResult<FeedEvent, undefined>> {
    if (this.#isOver) {
      return { done: true, value: undefined };
    }
    try {
      const result = await this.#queue.next();
      this.#isOver = result.done === true;
      return result;
    } catch (error) {
      // The error is thrown once. Later calls return the end.
      this.#isOver = true;
      throw error;
    }
  }

  async return(): Promise<IteratorResult<FeedEvent, undefined>> {
    this.#isOver = true;
    this.#leave();
    return this.#queue.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #leave(): void {
    if (!this.#hasLeft) {
      this.#hasLeft = true;
      this.#options.onLeave(this);
    }
  }
}
