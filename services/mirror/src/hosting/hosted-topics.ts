import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import type { PartitionStatus, TopicStatus } from '@quicksilver/contracts/mirror-api/contract';
import { assertUserTopic } from '@quicksilver/contracts/topics/topic-entry';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import type { Applier } from '../apply/applier.ts';
import type { PoisonEntry } from '../apply/poison-list.ts';
import type { RecordLists } from '../apply/record-lists.ts';
import { HostedTopic, type HostedTopicOptions } from './hosted-topic.ts';
import type { PartitionAge } from '../metrics.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { TopicViews } from '../query/topic-views.ts';
import { MIXED, type TopicReport } from './topic-placement.ts';
import { removeOtherStores, removeStore } from '../store/remove-stores.ts';

type PerTopic = 'entry' | 'arguments' | 'partitions' | 'onFatal' | 'onShrunk' | 'cacheBytes';

/** The topics to host, and how each is kept. */
export type Hosting = ReadonlyMap<string, MirrorArguments>;

export interface HostedTopicsOptions extends Omit<HostedTopicOptions, PerTopic> {
  /** Undefined where `host` will say. */
  readonly topics: Hosting | undefined;
  readonly registry: TopicRegistry;
  /** The partitions of another replica, of a topic with so many. */
  readonly ownedBy: (ordinal: number, partitions: number) => readonly number[];
  /** Memory of all stores together. */
  readonly cacheBytes: number;
  /** Least number of parts that it is divided into where `host` says which topics. */
  readonly cacheShares: number;
  readonly control: RecordSource;
  readonly log: Log;
}

/** What another replica says of the topics that it hosts. */
export interface PeerReport {
  readonly ordinal: number;
  /** Undefined for a replica of an older version, which knows of no mixed topics. */
  readonly topics: ReadonlyMap<string, TopicReport> | undefined;
}

/** Hosts each topic from when the registry knows it, anew when its entry changes. */
export class HostedTopics implements Part, TopicViews {
  readonly name = 'topics';
  readonly #options: HostedTopicsOptions;
  readonly #hosted = new Map<string, HostedTopic>();
  /** Partitions of topics that were recreated with fewer of them, until they are opened again. */
  readonly #shrunk = new Map<string, number>();
  #wanted: Hosting | undefined;
  #run: PartContext | undefined;
  /** Stores of other topics were deleted already. */
  #isTidy = false;
  #forget: () => void = () => {};
  /** One change after the other: a store must be closed before it is opened again. */
  #changes: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: HostedTopicsOptions) {
    this.#options = options;
    this.#wanted = options.topics;
  }

  get single(): string | undefined {
    const [first, second] = this.#wanted?.keys() ?? [];
    return second === undefined ? first : undefined;
  }

  async start(run: PartContext): Promise<void> {
    this.#run = run;
    this.#forget = this.#options.registry.onChange((name) => {
      if (this.#wanted?.has(name) === true) {
        // Also where it is there again by the time that this is done: it is another topic then.
        if (this.#options.registry.get(name) === undefined) {
          this.#then(() => this.#remove(name));
        }
        this.#then(() => this.#update(name, run));
      }
    });
    for (const topic of this.#wanted?.keys() ?? []) {
      this.#then(() => this.#update(topic, run));
    }
  }

  /**
   * Hosts these topics from here on, and no others: the stores of those that were hosted before are
   * deleted, the first time also those of any other topic that are left from an earlier run. Also
   * to be called when the partitions of this replica may be others.
   */
  host(topics: Hosting): void {
    const run = this.#run;
    if (run === undefined) {
      throw new Error('topics are hosted by a part that was started');
    }
    const before = this.#wanted ?? new Map<string, MirrorArguments>();
    this.#wanted = topics;
    for (const topic of before.keys()) {
      if (!topics.has(topic)) {
        this.#then(() => this.#remove(topic));
      }
    }
    for (const topic of topics.keys()) {
      this.#then(() => this.#update(topic, run));
    }
    if (!this.#isTidy) {
      this.#isTidy = true;
      this.#then(() => this.#removeOthers());
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#forget();
    await this.#changes;
    await Promise.all([...this.#hosted.values()].map((topic) => topic.stop()));
    await this.#options.control.close();
  }

  notReady(): string | undefined {
    const reasons = [...(this.#wanted?.keys() ?? [])].flatMap((topic) => this.#notReadyOf(topic));
    return reasons.length === 0 ? undefined : reasons.join('\n');
  }

  require(topic: string): TopicView {
    if (this.#wanted === undefined) {
      throw new AppError('RESTORING', 'It is not known yet which topics are mirrored here.');
    }
    if (!this.#wanted.has(topic)) {
      assertUserTopic(topic);
      throw new AppError('TOPIC_NOT_FOUND', `Topic ${topic} is not mirrored here.`);
    }
    this.#options.registry.require(topic);
    const view = this.#hosted.get(topic)?.view;
    if (view === undefined) {
      const why = this.#hosted.get(topic)?.problem ?? 'it is being opened';
      throw new AppError('RESTORING', `Topic ${topic} does not answer yet: ${why}.`);
    }
    return view;
  }

  find(topic: string): TopicView | undefined {
    return this.#options.registry.get(topic) === undefined
      ? undefined
      : this.#hosted.get(topic)?.view;
  }

  async look(topic: string): Promise<void> {
    await this.#hosted.get(topic)?.look();
  }

  status(): TopicStatus[] {
    return [...(this.#wanted?.keys() ?? [])].map((topic) => {
      const hosted = this.#hosted.get(topic);
      const { partitions = [], changedSchemas = [], placement } = hosted ?? {};
      const mixed = placement?.isMixed ?? false;
      return {
        topic,
        topicId: partitions.find(({ topicId }) => topicId !== undefined)?.topicId ?? null,
        partitions: partitions.map((partition) => statusOf(partition, hosted?.lists)),
        mixed,
        misplacedRecords: partitions.reduce(
          (sum, each) => sum + (each.placement?.misplaced ?? 0),
          0,
        ),
        ...(mixed ? { placement: MIXED } : {}),
        ...(changedSchemas.length === 0 ? {} : { changedSchemas }),
      };
    });
  }

  /** What this replica says of its partitions to others. */
  reports(): ReadonlyMap<string, TopicReport> {
    return new Map([...this.#hosted].map(([topic, { placement }]) => [topic, placement.report()]));
  }

  /** Whether it is not known yet of some partition whether it has keys of others. */
  get hasUnknownPlacement(): boolean {
    return [...this.#hosted.values()].some(
      ({ placement }) => placement.unknownElsewhere !== undefined,
    );
  }

  learnPlacement(reports: readonly PeerReport[]): void {
    const { ownedBy } = this.#options;
    for (const [topic, hosted] of this.#hosted) {
      const { placement } = hosted;
      if (reports.some((report) => namesMore(report.topics?.get(topic), placement.partitions))) {
        void hosted.look();
      }
      const { topicId } = placement.report();
      placement.learn(
        reports.flatMap((report): readonly TopicReport[] | TopicReport => {
          const owned = (): readonly number[] => ownedBy(report.ordinal, placement.partitions);
          return report.topics === undefined
            ? [{ topicId, partitions: owned().map(withoutMisplaced) }]
            : (report.topics.get(topic) ?? []);
        }),
      );
    }
  }

  /** Of the partitions that were applied up to their ends before. */
  ages(): PartitionAge[] {
    const nowMs = performance.now();
    return [...this.#hosted].flatMap(([topic, { partitions }]) =>
      partitions.flatMap(({ partition, atEndMs }) =>
        atEndMs === undefined ? [] : [{ topic, partition, seconds: (nowMs - atEndMs) / 1_000 }],
      ),
    );
  }

  poison(): PoisonEntry[] {
    return [...this.#hosted.values()].flatMap((topic) => topic.lists.poison.list());
  }

  unindexed(): PoisonEntry[] {
    return [...this.#hosted.values()].flatMap((topic) => topic.lists.unindexed.list());
  }

  nonconforming(): PoisonEntry[] {
    return [...this.#hosted.values()].flatMap((topic) => topic.lists.nonconforming.list());
  }

  #then(change: () => Promise<void>): void {
    this.#changes = this.#changes.then(change).catch(this.#run?.fail);
  }

  async #update(name: string, run: PartContext): Promise<void> {
    const { registry } = this.#options;
    const entry = registry.get(name);
    const given = this.#wanted?.get(name);
    if (this.#isStopping || entry === undefined || given === undefined) {
      return;
    }
    const hosted = this.#hosted.get(name);
    if (hosted?.isFor(entry, given) === true) {
      // The registry may have learned of added partitions first.
      void hosted.look();
      return;
    }
    await this.#close(name, 'its types, its arguments or the partitions of this replica changed');
    const topic = new HostedTopic({
      ...this.#options,
      entry,
      arguments: given,
      partitions: this.#shrunk.get(name) ?? entry.partitions,
      cacheBytes: this.#cacheShare(),
      onFatal: (error) => run.fail(error),
      onShrunk: (partitions) => {
        this.#shrunk.set(name, partitions);
        this.#then(() => this.#remove(name));
        this.#then(() => this.#update(name, run));
      },
    });
    this.#shrunk.delete(name);
    this.#hosted.set(name, topic);
    topic.start();
  }

  /** Nothing of a topic that is gone from here may be found by one that has its name later. */
  async #remove(name: string): Promise<void> {
    if (!this.#isStopping) {
      await this.#close(name, 'it is not hosted here any more');
      await this.#removing(() => removeStore(this.#options.root, name));
    }
  }

  async #close(name: string, why: string): Promise<void> {
    const hosted = this.#hosted.get(name);
    if (hosted !== undefined) {
      this.#options.log.warn({ topic: name, why }, 'a topic is closed');
      this.#hosted.delete(name);
      await hosted.stop();
    }
  }

  /** A topic that is opened keeps its share, so it is not taken from those that come later. */
  #cacheShare(): number {
    const { topics, cacheBytes, cacheShares } = this.#options;
    const shares = topics === undefined ? cacheShares : 1;
    return Math.floor(cacheBytes / Math.max(shares, this.#wanted?.size ?? 1));
  }

  async #removeOthers(): Promise<void> {
    const { root, log } = this.#options;
    await this.#removing(async () => {
      const stores = await removeOtherStores(root, this.#wanted?.keys() ?? []);
      if (stores > 0) {
        log.info({ stores }, 'stores of topics that are not hosted here any more were deleted');
      }
    });
  }

  /** What cannot be deleted holds nobody up: a store that is opened again is checked then. */
  async #removing(remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the store of a topic cannot be deleted');
    }
  }

  #notReadyOf(topic: string): string[] {
    const hosted = this.#hosted.get(topic);
    if (hosted === undefined) {
      return [`topic ${topic} is not in the registry`];
    }
    if (hosted.view === undefined) {
      return [`topic ${topic}: ${hosted.problem}`];
    }
    return hosted.partitions
      .filter(({ state }) => state !== 'serving')
      .map(({ partition, state, detail }) =>
        [`topic ${topic} partition ${partition} is ${state}`, detail].filter(Boolean).join(': '),
      );
  }
}

function withoutMisplaced(partition: number): TopicReport['partitions'][number] {
  return { partition, state: 'own', nextOffset: 0n, misplacedFrom: undefined };
}

/** Whether partitions were added to a topic that another replica has adopted already. */
function namesMore(report: TopicReport | undefined, partitions: number): boolean {
  return report?.partitions.some(({ partition }) => partition >= partitions) === true;
}

function statusOf(partition: Applier, lists: RecordLists | undefined): PartitionStatus {
  const { state, nextOffset, endOffset, poisonRecords, unsettledRecords, detail } = partition;
  const lag = endOffset - nextOffset;
  const nonconformingRecords = lists?.nonconformingIn(partition.partition);
  return {
    partition: partition.partition,
    state,
    nextOffset: String(nextOffset),
    endOffset: String(endOffset),
    lagRecords: String(lag > 0n ? lag : 0n),
    poisonRecords,
    unsettledRecords,
    misplacedRecords: partition.placement?.misplaced ?? 0,
    ...(nonconformingRecords === undefined ? {} : { nonconformingRecords }),
    ...(partition.hasRange ? { unindexedRecords: partition.unindexedRecords } : {}),
    ...(detail === undefined ? {} : { detail }),
  };
}
