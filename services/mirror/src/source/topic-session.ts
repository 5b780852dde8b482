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
  /** One for each partition that this replica owns, of the topic as it was adopted last. */
  readonly targets: () => readonly PartitionTarget[];
  /**
   * Called with what Kafka says of the topic, before anything of it is read. Takes over a changed
   * number of partitions; resolves to false if the topic has to be opened again for that. Rejects if
   * the store failed.
   */
  readonly adopt: (description: TopicDescription) => Promise<boolean>;
  /** For questions about the topic; not the connection that fetches wait on. */
  readonly control: RecordSource;
  readonly loop: FetchLoop;
  /** Called after a failed write, when nothing is applied any more; resolves once writes may work. */
  readonly reopenStore: (error: unknown, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  /** Milliseconds between looks at the topic's id and partitions. */
  readonly watchMs: number;
}

/** Why the session begins again: it looks at Kafka anew, after a failed write at the store too. */
interface Interruption {
  readonly storeError?: unknown;
}

const RETRY = { firstMs: 100, maxMs: 2_000 };
const CORRUPT_RETRY = { firstMs: 1_000, maxMs: 30_000 };

/**
 * Follows one topic for as long as this process hosts it: waits for it, decides for each partition
 * whether the stored position is still one of this topic, opens the lanes, and begins again when
 * the topic or the store changes under it.
 */
export class TopicSession {
  readonly #options: TopicSessionOptions;
  readonly #stopping = new AbortController();
  readonly #lanes = new Map<PartitionTarget, Lane>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #corruptBackoff = new Backoff(CORRUPT_RETRY);
  #topicId: string | undefined;
  /** Ends what belongs to the present round of the session. */
  #round = new AbortController();
  /** Ends the pause before the next look at the topic. */
  #wake = new AbortController();
  /** Resolved when what the next look finds has been adopted. */
  #looked = Promise.withResolvers<void>();
  #interrupt: (why: Interruption) => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: TopicSessionOptions) {
    this.#options = options;
  }

  /** `onFatal` hears of an error that no retry can help. */
  start(onFatal: (error: unknown) => void): void {
    this.#running = this.#run(this.#stopping.signal);
    this.#running.catch(onFatal);
  }

  /** After this nothing is written any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#round.abort();
    this.#wake.abort();
    await this.#running.catch(() => {});
  }

  /** Looks at the topic in Kafka without delay. Resolves when what that finds has been adopted. */
  look(): Promise<void> {
    const { promise } = this.#looked;
    this.#wake.abort();
    return promise;
  }

  /** Builds one partition anew, whatever its stored position says. */
  rebuild(partition: number): void {
    const target = this.#options.targets().find((one) => one.partition === partition);
    if (target !== undefined && this.#lanes.has(target)) {
      this.#background(this.#restart(target, { isForced: true, delayMs: 0 }));
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
          this.#options.log.warn({ err: error }, 'the topic cannot be followed, trying again');
        }
      }
      await pause(backoff.next(), signal);
    }
  }

  /** One round: until something changes under it. Undefined where a pause is due before the next. */
  async #follow(signal: AbortSignal, onOpen: () => void): Promise<Interruption | undefined> {
    const description = await this.#lookAt(signal);
    if (description === undefined || !('topicId' in description)) {
      return description;
    }
    if (signal.aborted) {
      // A round that began now would not end: `stop` has aborted the one before.
      return undefined;
    }
    let why: Interruption | undefined;
    this.#round = new AbortController();
    this.#interrupt = (found) => {
      why ??= found;
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
    const looked = this.#beginLook();
    try {
      const description = await this.#awaitTopic(signal);
      return description === undefined ? undefined : await this.#adopt(description);
    } finally {
      looked.resolve();
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

  /** Undefined if the topic is not there; its partitions say so. */
  async #awaitTopic(signal: AbortSignal): Promise<TopicDescription | undefined> {
    const { control, topic } = this.#options;
    const description = await control.describe(topic, signal);
    if (description === undefined) {
      this.#transitionAll('gone', `topic ${topic} does not exist in Kafka`);
      return undefined;
    }
    if (this.#topicId !== undefined && this.#topicId !== description.topicId) {
      this.#transitionAll('recreated', `topic ${topic} was deleted and made anew`);
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
      this.#options.log.info({ partition: target.partition, why: start.why }, 'building anew');
      await target.rebuild(topicId, start.fromOffset, start.endOffset);
    }
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
        target.transition('failed', `the topic cannot be read on: ${end.detail}`);
        this.#options.log.error(
          { partition: target.partition, detail: end.detail },
          'a batch of the topic cannot be decoded; the partition stands still',
        );
        this.#background(
          this.#restart(target, { isForced: false, delayMs: this.#corruptBackoff.next() }),
        );
        return;
      case 'offset-out-of-range':
        this.#background(this.#restart(target, { isForced: false, delayMs: RETRY.firstMs }));
    }
  }

  /** Opens one partition's lane anew and leaves the others alone. Never rejects. */
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
      this.#options.log.warn({ partition: target.partition, err: error }, 'beginning again');
      this.#interrupt({});
    }
  }

  /** Until the round ends; looks at the topic now and then. */
  async #watch(opened: TopicDescription): Promise<void> {
    const { signal } = this.#round;
    while (!signal.aborted) {
      await pause(this.#options.watchMs, this.#wake.signal);
      if (signal.aborted) {
        return;
      }
      const looked = this.#beginLook();
      if (await this.#hasChanged(opened, signal)) {
        // The next round adopts it.
        void this.#looked.promise.then(looked.resolve);
        return;
      }
      looked.resolve();
    }
  }

  /** Callers of `look` from here on may need a newer one than this. */
  #beginLook(): PromiseWithResolvers<void> {
    const looked = this.#looked;
    this.#looked = Promise.withResolvers<void>();
    this.#wake = new AbortController();
    if (this.#stopping.signal.aborted) {
      this.#wake.abort();
    }
    return looked;
  }

  async #hasChanged(opened: TopicDescription, signal: AbortSignal): Promise<boolean> {
    try {
      const now = await this.#options.control.describe(this.#options.topic, signal);
      return now?.topicId !== opened.topicId || now.partitions !== opened.partitions;
    } catch {
      // Kafka is away: nothing is known, so nothing has changed. The fetch loop reports it.
      return false;
    }
  }

  async #ends(): Promise<Ends> {
    const { control, topic } = this.#options;
    const { signal } = this.#round;
    // In this order, so that the end is never before the start.
    const earliest = await control.offsets(topic, 'earliest', signal);
    return { earliest, latest: await control.offsets(topic, 'latest', signal) };
  }

  async #clearAll(): Promise<void> {
    const { signal } = this.#round;
    await this.#writing(async () => {
      for (const target of this.#options.targets()) {
        await target.clearOtherGenerations(signal);
      }
    });
  }

  /** Does what may fail because of the store; then the session begins again with the store opened anew. */
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
        this.#options.log.error({ err: error }, 'work beside the session failed, beginning again');
        this.#interrupt({});
      })
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }
}
