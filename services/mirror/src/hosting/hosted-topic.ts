import { isDeepStrictEqual } from 'node:util';

import { codecFor } from '@quicksilver/codec/codecs';
import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { describeError } from '@quicksilver/common/errors/describe';
import type { KafkaClient, RecordSource, TopicDescription } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { UNREAD } from '@quicksilver/codec/registry/avro-values';
import { isPlain, type ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { Applier } from '../apply/applier.ts';
import { RecordLists } from '../apply/record-lists.ts';
import { Sweep, type ExpiredTaker } from '../apply/sweep.ts';
import type { MirrorMetrics } from '../metrics.ts';
import { NamedValues } from './named-values.ts';
import type { TopicView } from '../query/topic-view.ts';
import { ValueCache } from '../query/value-cache.ts';
import { RetentionTombstones } from '../retention/retention-tombstones.ts';
import { sweepEveryMs, type Retention } from '../retention/retention.ts';
import type { FetchLoop } from '../source/fetch-loop.ts';
import { TopicSession } from '../source/topic-session.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import { openFailure } from '../store/level-database.ts';
import type { LevelStore } from '../store/level-store.ts';
import { storeDirectory } from '../store/open-topic-store.ts';
import { CorruptStoreError, type RangeIndex, type StoreIdentity } from '../store/ports.ts';
import { printIdentity } from '../store/store-identity.ts';
import type { Versions } from '../store/version-writes.ts';
import { homeBy, MIXED, TopicPlacement } from './topic-placement.ts';
import { openHostedStore, reopenStore } from './hosted-store.ts';
import { viewOf } from './hosted-view.ts';
import { argumentsText, rangeIndexOf, retentionIn } from './topic-arguments.ts';

export interface HostedTopicOptions {
  readonly entry: TopicEntry;
  readonly arguments: MirrorArguments;
  /** Where nothing is stored; Kafka says later how many there are. */
  readonly partitions: number;
  /** The partitions of this replica, of a topic with so many. */
  readonly ownedOf: (partitions: number) => readonly number[];
  readonly root: string;
  readonly cacheBytes: number;
  readonly control: RecordSource;
  readonly loop: FetchLoop;
  /** For connections of its own, where the topic's arguments ask for what needs them. */
  readonly kafka: Pick<KafkaClient, 'sink' | 'source'>;
  /** Whether this replica is the first owner of a partition, now. */
  readonly isFirstOwner: (partition: number) => boolean;
  readonly metrics: MirrorMetrics;
  readonly values: Pick<ValueReaders, 'readerOf'>;
  readonly log: Log;
  readonly watchMs: number;
  readonly poisonEntriesMax: number;
  /** True opens the store and follows nothing. */
  readonly isPaused: boolean;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Hears of an error that no retry can help. */
  readonly onFatal: (error: unknown) => void;
  /** The topic was recreated with fewer partitions: it has to be opened again, with an empty store. */
  readonly onShrunk: (partitions: number) => void;
}

/** Readers that may wait for a position of one partition at a time. */
const WAITERS_MAX = 10_000;
/** Of the memory for caches; the rest is LevelDB's. */
const VALUE_CACHE_SHARE = 0.125;
/** Between two batches of retention tombstones: a thousand of them a second at most. */
const TOMBSTONES_PAUSE_MS = 500;

/** One topic with its store, its partitions and its session, from open to stop. */
export class HostedTopic {
  readonly entry: TopicEntry;
  readonly lists: RecordLists;
  readonly #options: HostedTopicOptions;
  readonly #log: Log;
  readonly #cache: ValueCache;
  readonly #stopping = new AbortController();
  readonly #range: RangeIndex | undefined;
  readonly #retention: Retention | undefined;
  readonly #appliers = new Map<number, Applier>();
  readonly placement: TopicPlacement;
  readonly #values: NamedValues;
  #owned: readonly number[] = [];
  #store: LevelStore | undefined;
  #session: TopicSession | undefined;
  #tombstones: RetentionTombstones | undefined;
  #view: TopicView | undefined;
  #problem = 'its store has not been opened yet';
  #running: Promise<void> = Promise.resolve();

  constructor(options: HostedTopicOptions) {
    this.#options = options;
    this.entry = options.entry;
    this.#log = options.log.child({ topic: options.entry.name });
    this.#cache = new ValueCache({
      bytesMax: options.cacheBytes * VALUE_CACHE_SHARE,
      isText: options.entry.keyType === 'STRING',
    });
    const { entry, metrics, poisonEntriesMax: entriesMax } = options;
    this.lists = new RecordLists({ entry, metrics, entriesMax });
    this.#values = new NamedValues({
      entry: options.entry,
      values: options.values,
      notes: () => this.#store,
      onWaiting: () => options.metrics.schemaMissed(options.entry.name),
      log: this.#log,
    });
    this.placement = this.#createPlacement();
    this.#range = rangeIndexOf(options.arguments);
    this.#retention = retentionIn(options.arguments, options.clock);
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

  /** Ids of schemas that are not what they were for earlier records. */
  get changedSchemas(): readonly number[] {
    return this.#values.changedSchemas;
  }

  /** Whether it would be the same, were it opened anew with these. */
  isFor(entry: TopicEntry, given: MirrorArguments): boolean {
    const owned = this.#options.ownedOf(this.placement.partitions);
    return (
      this.entry.keyType === entry.keyType &&
      valuesText(this.entry) === valuesText(entry) &&
      isDeepStrictEqual(this.entry.valueSchema, entry.valueSchema) &&
      this.entry.writeType === entry.writeType &&
      argumentsText(this.#options.arguments) === argumentsText(given) &&
      (this.#store === undefined || String(this.#owned) === String(owned))
    );
  }

  /** Resolves when what Kafka says of the topic now has been adopted. */
  async look(): Promise<void> {
    await this.#session?.look();
  }

  start(): void {
    this.#running = this.#run();
    this.#running.catch(this.#options.onFatal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running.catch(() => {});
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
  }

  /** See `TopicSessionOptions.adopt`. */
  async #adopt(store: LevelStore, { partitions, topicId }: TopicDescription): Promise<boolean> {
    const before = this.placement.partitions;
    if (partitions < before) {
      // Kafka takes no partitions away, so this is another topic of the same name.
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

  /** Begins partitions that are new here, and lets queries see them. */
  #showPartitions(store: LevelStore): void {
    this.#owned = this.#options.ownedOf(this.placement.partitions);
    for (const partition of this.#owned) {
      if (!this.#appliers.has(partition)) {
        this.#appliers.set(partition, this.#createApplier(partition, store));
      }
    }
    this.#recallPlacement();
    this.#view = viewOf({
      entry: this.entry,
      store,
      cache: this.#cache,
      appliers: this.#appliers,
      range: this.#range,
      placement: this.placement,
      isExpired: this.#retention?.isExpired,
    });
  }

  get #identity(): StoreIdentity {
    const { name: topic, keyType, writeType } = this.entry;
    const given = argumentsText(this.#options.arguments);
    const { partitions } = this.placement;
    const valueType = valuesText(this.entry);
    return { topic, partitions, keyType, valueType, writeType, arguments: given };
  }

  /** Undefined when stopped before it can be opened. */
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
   * After a failed write. Reads go on with the old handle until the disk has room again: it must be
   * closed before the store can be opened, and the open itself has to write.
   */
  async #reopenStore(store: LevelStore, cause: unknown, signal: AbortSignal): Promise<void> {
    const { metrics, root, onFatal } = this.#options;
    const { name: topic } = this.entry;
    this.#log.error({ err: cause }, 'the store cannot be written, opening it again');
    const isCorrupt = cause instanceof CorruptStoreError || openFailure(cause) === 'corrupt';
    for (const applier of this.#appliers.values()) {
      applier.transition(isCorrupt ? 'failed' : 'stalled', `its store: ${describeError(cause)}`);
    }
    const directory = storeDirectory(root, topic);
    try {
      if (await reopenStore({ store, directory, isCorrupt, log: this.#log }, signal)) {
        // It may hold values that the store has lost.
        this.#cache.clear();
        metrics.storeReopened(topic);
      }
    } catch (error) {
      onFatal(error);
    }
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

  /** Before any partition answers: what is known of one matters to all of them. */
  #recallPlacement(): void {
    for (const applier of this.#appliers.values()) {
      try {
        applier.recall();
      } catch (error) {
        // Its session meets the same, and rebuilds what is broken.
        this.#log.warn({ err: error }, 'the placement of keys cannot be read');
      }
    }
  }

  /** Undefined where nobody asked for them, or where the first record of a key must stay. */
  #createTombstones(store: LevelStore): RetentionTombstones | undefined {
    const { name: topic, keyType, writeType } = this.entry;
    const { arguments: given, kafka, isFirstOwner, isPaused, metrics } = this.#options;
    if (
      given.retentionTombstones !== true ||
      this.#retention === undefined ||
      writeType === 'IMMUTABLE' ||
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
      isWriter: isFirstOwner,
      pauseMs: TOMBSTONES_PAUSE_MS,
      onOutcome: (outcome, records) => metrics.tombstoned(topic, outcome, records),
      log: this.#log,
    });
  }

  #createApplier(partition: number, store: LevelStore): Applier {
    const { name: topic, keyType, valueType, writeType } = this.entry;
    const { metrics } = this.#options;
    return new Applier({
      partition,
      store,
      types: {
        keyCodec: codecFor(keyType),
        keyEncoding: keyEncodingFor(keyType),
        valueCodec: isPlain(valueType) ? codecFor(valueType) : UNREAD,
        isImmutable: writeType === 'IMMUTABLE',
      },
      places: this.placement,
      valuesOf: isPlain(valueType) ? undefined : this.#values.readerOf,
      range: this.#range,
      // What has expired in an immutable topic stays, unseen: it is still the first of its key.
      sweep:
        this.#retention === undefined || writeType === 'IMMUTABLE'
          ? undefined
          : sweepOf(this.#retention, this.#options.clock, this.#tombstones),
      waitersMax: WAITERS_MAX,
      onApplied: (ops) => {
        this.#cache.forget(ops);
        metrics.applied(topic, ops.length);
      },
      onPoison: (record, poison) => this.lists.addPoison(partition, record, poison),
      onUnindexed: (record, why) => this.lists.addUnindexed(partition, record, why),
      onRecord: (record, op) => this.lists.checkValue(partition, record, op),
      onMisplaced: () => metrics.misplaced(topic, partition),
      onAmbiguous: () => this.#session?.rebuild(partition),
      onExpired: (ops) => {
        this.#cache.forget(ops);
        metrics.expired(topic, ops.length);
      },
      onState: (from, to, detail) => this.#log.info({ partition, from, to, detail }, 'state'),
      onRebuild: () => metrics.rebuilt(topic, partition),
      onCorrupt: (detail) => {
        this.#log.error({ partition, detail }, 'the store returned broken data');
        this.#session?.rebuild(partition);
      },
    });
  }
}

/** All that the stored JSON depends on besides the records. */
function valuesText({ valueType, recordNames = false }: TopicEntry): string {
  return recordNames ? `${valueType} with record names` : valueType;
}

function versionsOf(range: RangeIndex | undefined): Versions | undefined {
  if (range === undefined) {
    return undefined;
  }
  return range.key === undefined ? 'of-key' : 'of-range-key';
}

function sweepOf(
  retention: Retention,
  clock: () => number,
  taker: ExpiredTaker | undefined,
): Sweep {
  return new Sweep({ ...retention, clock, everyMs: sweepEveryMs(retention), taker });
}
