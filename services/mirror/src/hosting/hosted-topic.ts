import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { describeError } from '@quicksilver/common/errors/describe';
import type { KafkaClient, RecordSource, TopicDescription } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { RereadPartition } from '@quicksilver/contracts/mirror-api/contract';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { Applier } from '../apply/applier.ts';
import { RecordLists } from '../apply/record-lists.ts';
import type { TopicView } from '../query/topic-view.ts';
import { ValueCache } from '../query/value-cache.ts';
import { RetentionTombstones } from '../retention/retention-tombstones.ts';
import type { Retention } from '../retention/retention.ts';
import type { Owners } from '../route/owners.ts';
import type { FetchLoop } from '../source/fetch-loop.ts';
import { TopicSession } from '../source/topic-session.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import { openFailure } from '../store/level-database.ts';
import type { LevelStore } from '../store/level-store.ts';
import { storeDirectory } from '../store/open-topic-store.ts';
import { CorruptStoreError, type RangeIndex, type StoreIdentity } from '../store/ports.ts';
import { printIdentity } from '../store/store-identity.ts';
import { createApplier } from './create-applier.ts';
import { openHostedStore, reopenStore } from './hosted-store.ts';
import { viewOf } from './hosted-view.ts';
import { NamedValues } from './named-values.ts';
import { PoisonRetry } from './poison-retry.ts';
import { recallPlacement } from './recall-placement.ts';
import { needsSchemas, recordsText, versionsOf } from './store-form.ts';
import { StoredCheck } from './stored-check.ts';
import { argumentsText, rangeIndexOf, retentionIn } from './topic-arguments.ts';
import type { TopicMetrics } from './topic-metrics.ts';
import { homeBy, MIXED, TopicPlacement } from './topic-placement.ts';

export interface HostedTopicOptions {
  readonly entry: TopicEntry;
  readonly arguments: MirrorArguments;
  /** The number of partitions if there is no store. Kafka reports it later. */
  readonly partitions: number;
  readonly owners: Owners;
  readonly root: string;
  readonly cacheBytes: number;
  readonly control: RecordSource;
  readonly loop: FetchLoop;
  /** Opens separate connections if the topic's arguments need them. */
  readonly kafka: Pick<KafkaClient, 'sink' | 'source'>;
  readonly metrics: TopicMetrics;
  readonly values: Pick<ValueReaders, 'readerOf' | 'keyReaderOf'>;
  readonly log: Log;
  readonly watchMs: number;
  readonly poisonEntriesMax: number;
  readonly poisonRetryMs: number;
  /** True opens the store without reading from Kafka. */
  readonly isPaused: boolean;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Called with an error for which a retry is useless. */
  readonly onFatal: (error: unknown) => void;
  /** The topic was recreated with fewer partitions, so it must be opened with an empty store. */
  readonly onShrunk: (partitions: number) => void;
}

/** The share of the memory for caches. LevelDB has the rest. */
const VALUE_CACHE_SHARE = 0.125;
/** Between two batches of retention tombstones: at most a thousand per second. */
const TOMBSTONES_PAUSE_MS = 500;

/** One topic with its store, its partitions and its session, from open to stop. */
export class HostedTopic {
  readonly lists: RecordLists;
  readonly #options: HostedTopicOptions;
  readonly #log: Log;
  readonly #cache: ValueCache;
  readonly #stopping = new AbortController();
  readonly #range: RangeIndex | undefined;
  readonly #retention: Retention | undefined;
  readonly #stored: StoredCheck;
  #entry: TopicEntry;
  readonly #appliers = new Map<number, Applier>();
  readonly placement: TopicPlacement;
  readonly #values: NamedValues;
  #owned: readonly number[] = [];
  #store: LevelStore | undefined;
  #session: TopicSession | undefined;
  #tombstones: RetentionTombstones | undefined;
  #poisonRetry: PoisonRetry | undefined;
  #view: TopicView | undefined;
  #problem = 'its store has not been opened yet';
  #running: Promise<void> = Promise.resolve();

  constructor(options: HostedTopicOptions) {
    this.#options = options;
    this.#entry = options.entry;
    this.#log = options.log.child({ topic: options.entry.name });
    this.#cache = new ValueCache({
      bytesMax: options.cacheBytes * VALUE_CACHE_SHARE,
      isText: options.entry.keyType === 'STRING',
    });
    const { entry, metrics, poisonEntriesMax: entriesMax } = options;
    this.#values = new NamedValues({
      entry: options.entry,
      values: options.values,
      notes: () => this.#store,
      onWaiting: () => options.metrics.schemaMissed(options.entry.name),
      log: this.#log,
    });
    this.placement = this.#createPlacement();
    this.#range = rangeIndexOf(options.arguments);
    this.lists = new RecordLists({
      entry,
      metrics,
      entriesMax,
      range: this.#range,
      log: this.#log,
    });
    const { lists } = this;
    this.#stored = new StoredCheck({ keyType: entry.keyType, lists, log: this.#log });
    this.#retention = retentionIn(options.arguments, options.clock);
  }

  get entry(): TopicEntry {
    return this.#entry;
  }

  /** Undefined while the store cannot be opened; `problem` says why. */
  get view(): TopicView | undefined {
    return this.#view;
  }

  get problem(): string {
    return this.#problem;
  }

  get partitions(): readonly Applier[] {
    return [...this.#appliers.values()];
  }

  /** Ids of schemas that differ from those of earlier records. */
  get changedSchemas(): readonly number[] {
    return this.#values.changedSchemas;
  }

  /** Whether a topic opened with these would equal this one. */
  isFor(entry: TopicEntry, topicArguments: MirrorArguments): boolean {
    const owned = this.#options.owners.owned(this.placement.partitions);
    return (
      this.entry.keyType === entry.keyType &&
      recordsText(this.entry) === recordsText(entry) &&
      this.entry.writeType === entry.writeType &&
      argumentsText(this.#options.arguments) === argumentsText(topicArguments) &&
      this.#options.arguments.poisonPolicy === topicArguments.poisonPolicy &&
      (this.#store === undefined || String(this.#owned) === String(owned))
    );
  }

  /** Checks records by the types of a newer entry, also those that are in the store already. */
  follow(entry: TopicEntry): void {
    this.#entry = entry;
    if (this.lists.follow(entry) && this.#store !== undefined) {
      this.#stored.checkTypes(this.partitions, this.#store);
    }
  }

  /** Resolves after the topic has the partitions that Kafka reports now. */
  async look(): Promise<void> {
    await this.#session?.look();
  }

  start(): void {
    this.#running = this.#run();
    this.#running.catch(this.#options.onFatal);
  }

  /** Reads the poison records again, of the partitions that have any. */
  async retryPoison(): Promise<readonly RereadPartition[]> {
    return (await this.#poisonRetry?.retry()) ?? [];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stored.stop();
    await this.#running.catch(() => {});
    await this.#poisonRetry?.stop();
    await this.#session?.stop();
    await this.#tombstones?.stop();
    for (const applier of this.#appliers.values()) {
      applier.close();
    }
    this.#view = undefined;
    await this.#store?.close();
  }

  async #run(): Promise<void> {
    const store = await this.#openStore();
    if (store === undefined) {
      return;
    }
    this.#store = store;
    this.#tombstones = this.#createTombstones(store);
    this.#showPartitions(store);
    if (this.#options.isPaused) {
      return;
    }
    this.#session = new TopicSession({
      topic: this.entry.name,
      targets: () => this.partitions,
      adopt: (description) => this.#adopt(store, description),
      control: this.#options.control,
      loop: this.#options.loop,
      reopenStore: (error, signal) => this.#reopenStore(store, error, signal),
      log: this.#log,
      watchMs: this.#options.watchMs,
    });
    this.#session.start(this.#options.onFatal);
    this.#poisonRetry = this.#createPoisonRetry();
    this.#poisonRetry.start();
  }

  /** See `TopicSessionOptions.adopt`. */
  async #adopt(store: LevelStore, { partitions, topicId }: TopicDescription): Promise<boolean> {
    const before = this.placement.partitions;
    if (partitions < before) {
      // Kafka removes no partitions, so this is another topic of the same name.
      this.#options.onShrunk(partitions);
      return false;
    }
    if (partitions > before) {
      await store.setIdentity(printIdentity({ ...this.#identity, partitions }));
      this.placement.place(partitions);
      this.#showPartitions(store);
      this.#log.info({ partitions, before, topicId }, 'partitions were added to the topic');
    }
    return true;
  }

  /** Adds the new partitions of this replica, and makes them visible to queries. */
  #showPartitions(store: LevelStore): void {
    this.#owned = this.#options.owners.owned(this.placement.partitions);
    for (const partition of this.#owned) {
      if (!this.#appliers.has(partition)) {
        this.#appliers.set(partition, this.#createApplier(partition, store));
        this.#stored.resume(partition, store.position(partition));
      }
    }
    recallPlacement(this.partitions, this.#log);
    this.#view = viewOf({
      entry: this.entry,
      store,
      cache: this.#cache,
      appliers: this.#appliers,
      range: this.#range,
      placement: this.placement,
      isExpired: this.#retention?.isExpired,
      haltsOnPoison: this.#options.arguments.poisonPolicy === 'halt',
    });
  }

  get #identity(): StoreIdentity {
    const { name: topic, keyType, writeType } = this.entry;
    const { partitions } = this.placement;
    const valueType = recordsText(this.entry);
    const text = argumentsText(this.#options.arguments);
    return { topic, partitions, keyType, valueType, writeType, arguments: text };
  }

  /** Undefined if the topic is stopped first. */
  async #openStore(): Promise<LevelStore | undefined> {
    const opened = await openHostedStore(
      {
        root: this.#options.root,
        identity: this.#identity,
        versions: versionsOf(this.#range),
        cacheBytes: Math.floor(this.#options.cacheBytes * (1 - VALUE_CACHE_SHARE)),
        log: this.#log,
        onProblem: (problem) => {
          this.#problem = problem;
        },
      },
      this.#stopping.signal,
    );
    if (opened !== undefined) {
      this.placement.place(opened.partitions);
    }
    return opened?.store;
  }

  /**
   * After a failed write. Reads continue with the old handle until the disk has space, because it
   * must be closed before the store can be opened, and opening the store writes.
   */
  async #reopenStore(store: LevelStore, cause: unknown, signal: AbortSignal): Promise<void> {
    const { metrics, root, onFatal } = this.#options;
    const { name: topic } = this.entry;
    this.#log.error({ err: cause }, 'the store cannot be written; reopening it');
    const isCorrupt = cause instanceof CorruptStoreError || openFailure(cause) === 'corrupt';
    for (const applier of this.#appliers.values()) {
      applier.transition(isCorrupt ? 'failed' : 'stalled', `its store: ${describeError(cause)}`);
    }
    const directory = storeDirectory(root, topic);
    try {
      if (await reopenStore({ store, directory, isCorrupt, log: this.#log }, signal)) {
        // The cache may have values that the store has lost.
        this.#cache.clear();
        metrics.storeReopened(topic);
      }
    } catch (error) {
      onFatal(error);
    }
  }

  #createPoisonRetry(): PoisonRetry {
    const { kafka, metrics, poisonRetryMs } = this.#options;
    const { name: topic } = this.entry;
    return new PoisonRetry({
      topic,
      partitions: () => this.partitions,
      source: () => kafka.source(),
      everyMs: needsSchemas(this.entry) ? poisonRetryMs : undefined,
      onReread: (partition, records) => metrics.reread(topic, partition, records),
      log: this.#log,
    });
  }

  #createPlacement(): TopicPlacement {
    return new TopicPlacement({
      partitions: this.#options.partitions,
      homeOf: homeBy(this.entry.keyType),
      appliers: this.#appliers,
      onMixed: () => {
        this.#cache.clear();
        this.#log.warn({}, MIXED);
      },
    });
  }

  /**
   * Undefined if the arguments do not enable them, if the first record of a key must stay, or if
   * only Debezium writes to the topic. A store has keys without their schemas, which a tombstone
   * would need.
   */
  #createTombstones(store: LevelStore): RetentionTombstones | undefined {
    const { name: topic, keyType, keyFormat, writeType, envelope } = this.entry;
    const { arguments: topicArguments, kafka, owners, isPaused, metrics } = this.#options;
    if (
      topicArguments.retentionTombstones !== true ||
      this.#retention === undefined ||
      writeType === 'IMMUTABLE' ||
      envelope !== undefined ||
      keyFormat !== undefined ||
      isPaused
    ) {
      return undefined;
    }
    return new RetentionTombstones({
      topic,
      sink: kafka.sink(),
      source: kafka.source(),
      store,
      keyEncoding: keyEncodingFor(keyType),
      isExpired: this.#retention.isExpired,
      isMixed: () => this.placement.isMixed,
      partition: (partition) => this.#appliers.get(partition),
      isWriter: (partition) => owners.isFirst(partition),
      pauseMs: TOMBSTONES_PAUSE_MS,
      onOutcome: (outcome, records) => metrics.tombstoned(topic, outcome, records),
      log: this.#log,
    });
  }

  #createApplier(partition: number, store: LevelStore): Applier {
    const { entry, lists, placement } = this;
    return createApplier(partition, {
      ...this.#options,
      entry,
      store,
      lists,
      placement,
      cache: this.#cache,
      readersOf: this.#values.readersOf,
      range: this.#range,
      retention: this.#retention,
      tombstones: this.#tombstones,
      stored: this.#stored,
      onServing: () => {
        const applier = this.#appliers.get(partition);
        if (applier !== undefined) {
          this.#stored.checkResumed(applier, store);
        }
      },
      rebuild: () => this.#session?.rebuild(partition),
      clear: () => this.#session?.clear(partition),
      log: this.#log,
    });
  }
}
