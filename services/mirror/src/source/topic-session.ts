import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { RecordSource, TopicDescription } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { FetchLoop } from './fetch-loop.ts';
import { Lane, type LaneEnd } from './lane.ts';
import type { PartitionTarget } from './partition-target.ts';
import { startAt, type Ends } from './start-at.ts';

export interface TopicSessionOptions {
  readonly topic: string;
  /** One target for each partition that this replica owns, as of the last adopted description. */
  readonly targets: () => readonly PartitionTarget[];
  /**
   * Called with the description of the topic before any partition is read. Adopts a changed number
   * of partitions. Resolves to false if the topic has to be reopened for that. Rejects if the store
   * failed.
   */
  readonly adopt: (description: TopicDescription) => Promise<boolean>;
  /** For metadata requests. A separate connection, because fetches block theirs. */
  readonly control: RecordSource;
  readonly loop: FetchLoop;
  /**
   * Called after a failed write, when no apply is in progress. Resolves when writes may work again.
   */
  readonly reopenStore: (error: unknown, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  /** Milliseconds between two checks of the topic's id and partitions. */
  readonly watchMs: number;
}

/**
 * Why the session restarts. It describes the topic again. After a failed write it also reopens the
 * store.
 */
interface Interruption {
  readonly storeError?: unknown;
}

const RETRY = { firstMs: 100, maxMs: 2_000 };
const CORRUPT_RETRY = { firstMs: 1_000, maxMs: 30_000 };

/**
 * Follows one topic for as long as this process hosts it. It waits for the topic, decides for each
 * partition whether its stored position is still valid, and opens the lanes. It restarts when the
 * topic or the store changes.
 */
export class TopicSession {
  readonly #options: TopicSessionOptions;
  readonly #stopping = new AbortController();
  readonly #lanes = new Map<PartitionTarget, Lane>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #corruptBackoff = new Backoff(CORRUPT_RETRY);
  #topicId: string | undefined;
  /** Aborted at the end of the current round of the session. */
  #round = new AbortController();
  /** Ends the pause before the next check of the topic. */
  #wake = new AbortController();
  /** Resolved when the result of the next check is adopted. */
  #nextLook = Promise.withResolvers<void>();
  #interrupt: (why: Interruption) => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: TopicSessionOptions) {
    this.#options = options;
  }

  /** `onFatal` is called with an error that no retry can fix. */
  start(onFatal: (error: unknown) => void): void {
    this.#running = this.#run(this.#stopping.signal);
    this.#running.catch(onFatal);
  }

  /** After this resolves, the session writes nothing. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#round.abort();
    this.#wake.abort();
    await this.#running.catch(() => {});
  }

  /** Checks the topic in Kafka without delay. Resolves when the result is adopted. */
  look(): Promise<void> {
    const { promise } = this.#nextLook;
    this.#wake.abort();
    return promise;
  }

  /** Rebuilds one partition, whatever its stored position is. */
  rebuild(partition: number): void {
    const target = this.#options.targets().find((each) => each.partition === partition);
    if (target !== undefined && this.#lanes.has(target)) {
      this.#background(this.#restart(target, { isForced: true, delayMs: 0 }));
    }
  }

  /** Clears the data of ended generations of one partition. A later round does it otherwise. */
  clear(partition: number): void {
    const target = this.#options.targets().find((each) => each.partition === partition);
    const { signal } = this.#round;
    if (target !== undefined && !signal.aborted) {
      this.#options.log.info({ partition }, 'clearing the rows of a truncated table');
      this.#background(this.#writing(() => target.clearOtherGenerations(signal)));
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        const why = await this.#follow(signal, () => backoff.reset());
        if (why?.storeError !== undefined) {
          await this.#options.reopenStore(why.storeError, signal);
        }
        if (why !== undefined) {
          continue;
        }
      } catch (error) {
        if (!signal.aborted && backoff.attempts === 0) {
          this.#options.log.warn({ err: error }, 'failed to follow the topic; retrying');
        }
      }
      await pause(backoff.next(), signal);
    }
  }

  /**
   * One round, until the topic or the store changes. Undefined if the next round needs a pause
   * before it.
   */
  async #follow(signal: AbortSignal, onOpen: () => void): Promise<Interruption | undefined> {
    const description = await this.#lookAt(signal);
    if (description === undefined || !('topicId' in description)) {
      return description;
    }
    // `stop` aborts the current round, so no round may begin after it.
    if (signal.aborted) {
      return undefined;
    }
    let why: Interruption | undefined;
    this.#round = new AbortController();
    this.#interrupt = (interruption) => {
      why ??= interruption;
      this.#round.abort();
      this.#wake.abort();
    };
    try {
      await this.#open(description);
      onOpen();
      await this.#watch(description);
      return why ?? {};
    } finally {
      this.#round.abort();
      await Promise.all(this.#tasks);
      await this.#closeLanes();
    }
  }

  /** Undefined if the topic cannot be followed now. */
  async #lookAt(signal: AbortSignal): Promise<TopicDescription | Interruption | undefined> {
    const look = this.#beginLook();
    try {
      const description = await this.#awaitTopic(signal);
      return description === undefined ? undefined : await this.#adopt(description);
    } finally {
      look.resolve();
    }
  }

  async #adopt(
    description: TopicDescription,
  ): Promise<TopicDescription | Interruption | undefined> {
    try {
      return (await this.#options.adopt(description)) ? description : undefined;
    } catch (error) {
      return { storeError: error };
    }
  }

  /** Undefined if the topic does not exist. Its partitions then report that. */
  async #awaitTopic(signal: AbortSignal): Promise<TopicDescription | undefined> {
    const { control, topic } = this.#options;
    const description = await control.describe(topic, signal);
    if (description === undefined) {
      this.#transitionAll('gone', `topic ${topic} does not exist in Kafka`);
      return undefined;
    }
    if (this.#topicId !== undefined && this.#topicId !== description.topicId) {
      this.#transitionAll('recreated', `topic ${topic} was deleted and recreated`);
    }
    this.#topicId = description.topicId;
    return description;
  }

  async #open(description: TopicDescription): Promise<void> {
    const ends = await this.#ends();
    await this.#writing(async () => {
      for (const target of this.#options.targets()) {
        await this.#openLane(target, description.topicId, ends, false);
      }
    });
    this.#background(this.#clearAll());
  }

  async #openLane(
    target: PartitionTarget,
    topicId: string,
    ends: Ends,
    isForced: boolean,
  ): Promise<void> {
    const start = startAt(target, topicId, ends, isForced);
    if (start.how === 'resume') {
      target.resume(start.position, start.endOffset);
    } else {
      this.#options.log.info(
        { partition: target.partition, why: start.why },
        'rebuilding the partition',
      );
      await target.rebuild(topicId, start.fromOffset, start.endOffset);
    }
    target.noteEnd(ends.highWatermarks.get(target.partition) ?? start.endOffset);
    if (this.#round.signal.aborted) {
      return;
    }
    const lane = new Lane({
      topic: this.#options.topic,
      topicId,
      target,
      onEnd: (end) => this.#laneEnded(target, end),
    });
    this.#lanes.set(target, lane);
    this.#options.loop.add(lane);
  }

  #laneEnded(target: PartitionTarget, end: LaneEnd): void {
    switch (end.reason) {
      case 'topic-gone':
      case 'topic-recreated':
        this.#interrupt({});
        return;
      case 'store-failed':
        this.#interrupt({ storeError: end.error });
        return;
      case 'corrupt':
        target.transition('failed', `a batch of the topic cannot be decoded: ${end.detail}`);
        this.#options.log.error(
          { partition: target.partition, detail: end.detail },
          'a batch of the topic cannot be decoded; retrying',
        );
        this.#background(
          this.#restart(target, { isForced: false, delayMs: this.#corruptBackoff.next() }),
        );
        return;
      case 'offset-out-of-range':
        this.#background(this.#restart(target, { isForced: false, delayMs: RETRY.firstMs }));
    }
  }

  /** Reopens the lane of one partition and leaves the others alone. Never rejects. */
  async #restart(
    target: PartitionTarget,
    how: { readonly isForced: boolean; readonly delayMs: number },
  ): Promise<void> {
    const { signal } = this.#round;
    await this.#closeLane(target);
    await pause(how.delayMs, signal);
    const topicId = this.#topicId;
    if (topicId === undefined || signal.aborted) {
      return;
    }
    try {
      const ends = await this.#ends();
      await this.#writing(async () => {
        await this.#openLane(target, topicId, ends, how.isForced);
        await target.clearOtherGenerations(signal);
      });
    } catch (error) {
      this.#options.log.warn(
        { partition: target.partition, err: error },
        'failed to restart the partition; restarting the session',
      );
      this.#interrupt({});
    }
  }

  /** Checks the topic at intervals until the round ends. */
  async #watch(opened: TopicDescription): Promise<void> {
    const { signal } = this.#round;
    while (!signal.aborted) {
      await pause(this.#options.watchMs, this.#wake.signal);
      if (signal.aborted) {
        return;
      }
      const look = this.#beginLook();
      if (await this.#hasChanged(opened, signal)) {
        // The next round adopts the change.
        void this.#nextLook.promise.then(look.resolve);
        return;
      }
      look.resolve();
    }
  }

  /** Later callers of `look` may need a newer result than this one. */
  #beginLook(): PromiseWithResolvers<void> {
    const look = this.#nextLook;
    this.#nextLook = Promise.withResolvers<void>();
    this.#wake = new AbortController();
    if (this.#stopping.signal.aborted) {
      this.#wake.abort();
    }
    return look;
  }

  async #hasChanged(opened: TopicDescription, signal: AbortSignal): Promise<boolean> {
    try {
      const now = await this.#options.control.describe(this.#options.topic, signal);
      return now?.topicId !== opened.topicId || now.partitions !== opened.partitions;
    } catch {
      // Kafka is unavailable, so the topic counts as unchanged. The fetch loop reports the failure.
      return false;
    }
  }

  async #ends(): Promise<Ends> {
    const { control, topic } = this.#options;
    const { signal } = this.#round;
    // In this order, so that the end is never before the start.
    const earliest = await control.offsets(topic, 'earliest', signal);
    const latest = await control.offsets(topic, 'latest', signal);
    return {
      earliest,
      latest,
      highWatermarks: await control.offsets(topic, 'high-watermark', signal),
    };
  }

  async #clearAll(): Promise<void> {
    const { signal } = this.#round;
    await this.#writing(async () => {
      for (const target of this.#options.targets()) {
        await target.clearOtherGenerations(signal);
      }
    });
  }

  /** Runs work that fails if the store fails. The session then restarts with a reopened store. */
  async #writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#interrupt({ storeError: error });
    }
  }

  #transitionAll(event: 'gone' | 'recreated' | 'failed', detail: string): void {
    for (const target of this.#options.targets()) {
      target.transition(event, detail);
    }
  }

  async #closeLane(target: PartitionTarget): Promise<void> {
    const lane = this.#lanes.get(target);
    if (lane !== undefined) {
      this.#lanes.delete(target);
      await this.#options.loop.remove(lane);
    }
  }

  async #closeLanes(): Promise<void> {
    await Promise.all([...this.#lanes.keys()].map((target) => this.#closeLane(target)));
  }

  #background(work: Promise<void>): void {
    const task = work
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'background work failed; restarting the session');
        this.#interrupt({});
      })
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }
}
