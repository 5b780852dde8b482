import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import type {
  PartitionStatus,
  RereadPartition,
  SkippedEntry,
  TopicStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { assertUserTopic } from '@quicksilver/contracts/topics/topic-entry';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import type { Applier } from '../apply/applier.ts';
import type { RecordLists } from '../apply/record-lists.ts';
import { lastPoison, poisonEntries } from '../apply/skipped-record.ts';
import { heldBack } from '../apply/partition-state.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { TopicViews } from '../query/topic-views.ts';
import { removeOtherStores, removeStore } from '../store/remove-stores.ts';
import { HostedTopic, type HostedTopicOptions } from './hosted-topic.ts';
import { Readiness, type TopicReadiness } from './readiness.ts';
import type { PartitionAge } from './topic-metrics.ts';
import { MIXED, type TopicReport } from './topic-placement.ts';

type PerTopic = 'entry' | 'arguments' | 'partitions' | 'onFatal' | 'onShrunk' | 'cacheBytes';

/** The topics to host, and how each is kept. */
export type Hosting = ReadonlyMap<string, MirrorArguments>;

export interface HostedTopicsOptions extends Omit<HostedTopicOptions, PerTopic> {
  /** Undefined if `host` will set them. */
  readonly topics: Hosting | undefined;
  readonly registry: TopicRegistry;
  /** Memory of all stores together. */
  readonly cacheBytes: number;
  /** The least number of parts into which it is divided if `host` sets the topics. */
  readonly cacheShares: number;
  readonly control: RecordSource;
  readonly log: Log;
}

/** The placement reports of another replica. */
export interface PeerReport {
  readonly ordinal: number;
  /** Undefined for a replica of an older version, which does not support mixed topics. */
  readonly topics: ReadonlyMap<string, TopicReport> | undefined;
}

/** Hosts each topic of the registry, and reopens it when its entry changes. */
export class HostedTopics implements Part, TopicViews {
  readonly name = 'topics';
  readonly #options: HostedTopicsOptions;
  readonly #hosted = new Map<string, HostedTopic>();
  /** Partitions of topics that were recreated with fewer of them, until they are reopened. */
  readonly #shrunk = new Map<string, number>();
  readonly #readiness = new Readiness();
  #hosting: Hosting | undefined;
  #run: PartContext | undefined;
  /** Whether the stores of other topics were deleted. */
  #isTidy = false;
  #forget: () => void = () => {};
  /** Changes run one after the other, because a store must be closed before it is reopened. */
  #changes: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: HostedTopicsOptions) {
    this.#options = options;
    this.#hosting = options.topics;
  }

  get single(): string | undefined {
    const [first, second] = this.#hosting?.keys() ?? [];
    return second === undefined ? first : undefined;
  }

  async start(run: PartContext): Promise<void> {
    this.#run = run;
    this.#forget = this.#options.registry.onChange((name) => {
      if (this.#hosting?.has(name) === true) {
        // Even if it exists again by then, because it is another topic.
        if (this.#options.registry.get(name) === undefined) {
          this.#then(() => this.#remove(name));
        }
        this.#then(() => this.#update(name, run));
      }
    });
    for (const topic of this.#hosting?.keys() ?? []) {
      this.#then(() => this.#update(topic, run));
    }
  }

  /**
   * Hosts these topics and no others. It deletes the stores of all other topics that were hosted
   * before. The first call also deletes stores of an earlier process. It must also be called if the
   * partitions of this replica may have changed.
   */
  host(topics: Hosting): void {
    const run = this.#run;
    if (run === undefined) {
      throw new Error('start the part before it hosts topics');
    }
    const before = this.#hosting ?? new Map<string, MirrorArguments>();
    this.#hosting = topics;
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
    return this.#readiness.notReady(
      [...(this.#hosting?.keys() ?? [])].map((topic) => this.#readinessOf(topic)),
    );
  }

  require(topic: string): TopicView {
    if (this.#hosting === undefined) {
      throw new AppError(
        'RESTORING',
        'This mirror has not read yet which topics it hosts. Retry in a moment.',
      );
    }
    if (!this.#hosting.has(topic)) {
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
    return [...(this.#hosting?.keys() ?? [])].map((topic) => {
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

  /** The placement reports of this replica. */
  reports(): ReadonlyMap<string, TopicReport> {
    return new Map([...this.#hosted].map(([topic, { placement }]) => [topic, placement.report()]));
  }

  /** Whether the placement of some partition of another replica is unknown. */
  get hasUnknownPlacement(): boolean {
    return [...this.#hosted.values()].some(
      ({ placement }) => placement.unknownElsewhere !== undefined,
    );
  }

  learnPlacement(reports: readonly PeerReport[]): void {
    const { owners } = this.#options;
    for (const [topic, hosted] of this.#hosted) {
      const { placement } = hosted;
      if (reports.some((report) => namesMore(report.topics?.get(topic), placement.partitions))) {
        void hosted.look();
      }
      const { topicId } = placement.report();
      placement.learn(
        reports.flatMap((report): readonly TopicReport[] | TopicReport => {
          const owned = (): readonly number[] =>
            owners.ownedBy(report.ordinal, placement.partitions);
          return report.topics === undefined
            ? [{ topicId, partitions: owned().map(withoutMisplaced) }]
            : (report.topics.get(topic) ?? []);
        }),
      );
    }
  }

  /** Of the partitions that were applied to their ends before. */
  ages(): PartitionAge[] {
    const nowMs = performance.now();
    return [...this.#hosted].flatMap(([topic, { partitions }]) =>
      partitions.flatMap(({ partition, atEndMs }) =>
        atEndMs === undefined ? [] : [{ topic, partition, seconds: (nowMs - atEndMs) / 1_000 }],
      ),
    );
  }

  poison(name?: string): SkippedEntry[] {
    return [...this.#hosted]
      .filter(([topic]) => name === undefined || topic === name)
      .flatMap(([topic, { partitions }]) => poisonEntries(topic, partitions));
  }

  /** Reads the poison records of the topic in this replica again. */
  async retryPoison(topic: string): Promise<readonly RereadPartition[]> {
    return (await this.#hosted.get(topic)?.retryPoison()) ?? [];
  }

  unindexed(): SkippedEntry[] {
    return [...this.#hosted.values()].flatMap((topic) => topic.lists.unindexed.list());
  }

  nonconforming(): SkippedEntry[] {
    return [...this.#hosted.values()].flatMap((topic) => topic.lists.nonconforming.list());
  }

  #then(change: () => Promise<void>): void {
    this.#changes = this.#changes.then(change).catch(this.#run?.fail);
  }

  async #update(name: string, run: PartContext): Promise<void> {
    const { registry } = this.#options;
    const entry = registry.get(name);
    const topicArguments = this.#hosting?.get(name);
    if (this.#isStopping || entry === undefined || topicArguments === undefined) {
      return;
    }
    const hosted = this.#hosted.get(name);
    if (hosted?.isFor(entry, topicArguments) === true) {
      // The registry may have an entry with added partitions before Kafka was read.
      hosted.follow(entry);
      void hosted.look();
      return;
    }
    await this.#close(name, 'its types, its arguments or the partitions of this replica changed');
    const topic = new HostedTopic({
      ...this.#options,
      entry,
      arguments: topicArguments,
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

  /** A later topic of the same name must not find the store. */
  async #remove(name: string): Promise<void> {
    if (!this.#isStopping) {
      await this.#close(name, 'it is no longer hosted here');
      await this.#removing(() => removeStore(this.#options.root, name));
    }
  }

  async #close(name: string, why: string): Promise<void> {
    const hosted = this.#hosted.get(name);
    if (hosted !== undefined) {
      this.#options.log.warn({ topic: name, why }, 'closing a topic');
      this.#hosted.delete(name);
      await hosted.stop();
    }
  }

  /** An open topic keeps its share, whatever topics are opened later. */
  #cacheShare(): number {
    const { topics, cacheBytes, cacheShares } = this.#options;
    const shares = topics === undefined ? cacheShares : 1;
    return Math.floor(cacheBytes / Math.max(shares, this.#hosting?.size ?? 1));
  }

  async #removeOthers(): Promise<void> {
    const { root, log } = this.#options;
    await this.#removing(async () => {
      const stores = await removeOtherStores(root, this.#hosting?.keys() ?? []);
      if (stores > 0) {
        log.info({ stores }, 'deleted the stores of topics that are no longer hosted here');
      }
    });
  }

  /** A failure does not matter, because the identity of a store is checked when it is opened. */
  async #removing(remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the store of a topic cannot be deleted');
    }
  }

  #readinessOf(topic: string): TopicReadiness {
    const hosted = this.#hosted.get(topic);
    if (hosted === undefined) {
      const isPending = this.#options.registry.get(topic) !== undefined;
      const why = isPending ? 'is being opened' : 'is not in the registry';
      return { reasons: [`topic ${topic} ${why}`], isPending };
    }
    if (hosted.view === undefined) {
      return { reasons: [`topic ${topic}: ${hosted.problem}`], isPending: true };
    }
    const unreadyPartitions = hosted.partitions.filter(({ state }) => state !== 'serving');
    return {
      reasons: unreadyPartitions.map(({ partition, state, detail }) =>
        [`topic ${topic} partition ${partition} is ${state}`, detail].filter(Boolean).join(': '),
      ),
      isPending: unreadyPartitions.some(
        ({ state, detail }) =>
          detail === undefined && (state === 'starting' || state === 'restoring'),
      ),
    };
  }
}

function withoutMisplaced(partition: number): TopicReport['partitions'][number] {
  return { partition, state: 'own', nextOffset: 0n, misplacedFrom: undefined };
}

/** Whether another replica has partitions that were added to the topic. */
function namesMore(report: TopicReport | undefined, partitions: number): boolean {
  return report?.partitions.some(({ partition }) => partition >= partitions) === true;
}

function lastUnindexed(entry: SkippedEntry | undefined): Pick<PartitionStatus, 'lastUnindexed'> {
  if (entry === undefined) {
    return {};
  }
  const { offset, timestamp, reason, detail } = entry;
  return { lastUnindexed: { offset, timestamp, reason, detail } };
}

function statusOf(partition: Applier, lists: RecordLists | undefined): PartitionStatus {
  const { state, nextOffset, endOffset, poison, unsettledRecords } = partition;
  const detail = partition.detail ?? heldBack(partition);
  const lag = endOffset - nextOffset;
  const { nonconforming, unindexed, indexed } = lists?.countsIn(partition.partition) ?? {};
  return {
    partition: partition.partition,
    state,
    nextOffset: String(nextOffset),
    endOffset: String(endOffset),
    lagRecords: String(lag > 0n ? lag : 0n),
    poisonRecords: poison.count,
    ...lastPoison(poison.last),
    unsettledRecords,
    misplacedRecords: partition.placement?.misplaced ?? 0,
    ...(nonconforming === undefined ? {} : { nonconformingRecords: nonconforming }),
    ...(unindexed === undefined ? {} : { unindexedRecords: unindexed }),
    ...(indexed === undefined ? {} : { indexedRecords: indexed }),
    ...lastUnindexed(lists?.unindexed.lastIn(partition.partition)),
    ...(detail === undefined ? {} : { detail }),
  };
}
