import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { OutgoingRecord, RecordSink, RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { PartitionView } from '../apply/partition-state.ts';
import type { ExpiredTaker } from '../apply/sweep.ts';
import { readBetween } from './read-between.ts';
import type { KeyEncoding } from '../store/key-encoding.ts';
import type { ReadonlyStore, StoredEntry } from '../store/ports.ts';

/**
 * - `written`
 * - `failed`: not written; a later sweep retries.
 * - `restored`: a newer record came between, and was written again behind the tombstone.
 * - `unclear`: it is unknown whether one came between, or it could not be written again.
 */
export type TombstoneOutcome = 'written' | 'failed' | 'restored' | 'unclear';

export interface RetentionTombstonesOptions {
  readonly topic: string;
  readonly sink: RecordSink;
  /** Of its own: nothing else fetches with it. */
  readonly source: RecordSource;
  readonly store: ReadonlyStore;
  readonly keyEncoding: KeyEncoding;
  readonly isExpired: (timestamp: bigint) => boolean;
  /** Whether a newer value of a key may be in another partition. */
  readonly isMixed: () => boolean;
  readonly partition: (partition: number) => PartitionView | undefined;
  /** Whether this replica is the one that writes for the partition, now. */
  readonly isWriter: (partition: number) => boolean;
  /** Milliseconds between two batches. */
  readonly pauseMs: number;
  readonly onOutcome: (outcome: TombstoneOutcome, records: number) => void;
  readonly log: Log;
}

/** Keys of one produce request. */
const BATCH_KEYS_MAX = 500;
/** Times that one batch is tried; later the next sweep finds its keys again. */
const TRIES_MAX = 5;
const RETRY = { firstMs: 200, maxMs: 5_000 };
/** Times in a row that a value is written again because yet another one came between. */
const RESTORES_MAX = 8;
const PRODUCE_MS = 5_000;
const READ_MS = 5_000;

const NOTHING_WRITTEN = { topicId: undefined, offset: 0n };

interface Found {
  readonly key: Buffer;
  readonly offset: bigint;
  readonly timestamp: bigint;
}

/**
 * Writes a tombstone into the topic for each key that has expired, so that other consumers and Kafka's
 * compaction learn of it. It removes nothing itself: the mirror applies the tombstone like any other,
 * and until then the key waits in the store. So the store is the queue, and whatever is lost with a
 * process is found again by the next sweep.
 *
 * Kafka cannot write on a condition, so a new record of the key may come into the log between the look
 * at the store and the tombstone. What came between is therefore read afterwards, and the newest value
 * of each of the keys is written again behind its tombstone, until nothing came between: everybody who
 * follows the log ends with the live value.
 */
export class RetentionTombstones implements ExpiredTaker {
  readonly #options: RetentionTombstonesOptions;
  readonly #stopping = new AbortController();
  readonly #found = new Map<number, Found[]>();
  /** Where the last write of a partition ended; nothing is looked for before that is applied. */
  readonly #writtenTo = new Map<number, { topicId: string | undefined; offset: bigint }>();
  #running: Promise<void> | undefined;

  constructor(options: RetentionTombstonesOptions) {
    this.#options = options;
  }

  hasRoom(partition: number): boolean {
    const view = this.#writable(partition);
    const written = this.#writtenTo.get(partition) ?? NOTHING_WRITTEN;
    return (
      view !== undefined &&
      !this.#stopping.signal.aborted &&
      !this.#found.has(partition) &&
      view.nextOffset >= view.endOffset &&
      // Of a topic that was made anew the offsets begin anew.
      (written.topicId !== view.topicId || view.nextOffset >= written.offset)
    );
  }

  take(partition: number, expired: readonly StoredEntry[]): void {
    if (expired.length > 0) {
      // Without the values: they would share their memory with a whole page of the store.
      const found = expired.map(({ key, offset, timestamp }) => {
        return { key: Buffer.from(key), offset, timestamp };
      });
      this.#found.set(partition, found);
      this.#running ??= this.#writeAll();
    }
  }

  /** Resolves when nothing of what was found waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#options.sink.close();
    await this.#options.source.close();
  }

  /** Never rejects: a sweep finds again what was not written. */
  async #writeAll(): Promise<void> {
    const { signal } = this.#stopping;
    for (const [partition, found] of this.#found) {
      try {
        while (found.length > 0 && !signal.aborted && this.#writable(partition) !== undefined) {
          await this.#writeBatch(partition, found.splice(0, BATCH_KEYS_MAX));
          await pause(this.#options.pauseMs, signal);
        }
      } catch (error) {
        this.#options.log.warn({ partition, err: error }, 'retention tombstones were not written');
      }
      this.#found.delete(partition);
    }
    this.#running = undefined;
  }

  async #writeBatch(partition: number, batch: readonly Found[]): Promise<void> {
    const { store, isExpired, keyEncoding } = this.#options;
    const view = this.#writable(partition);
    if (view === undefined) {
      return;
    }
    // Before the store is read, which may be ahead of it.
    const known = view.nextOffset;
    const records = batch
      .filter(({ key, offset }) => {
        const record = store.get(partition, view.generation, key);
        return record?.offset === offset && isExpired(record.timestamp);
      })
      .map(({ key, timestamp }) => ({
        key: keyEncoding.decode(key),
        value: null,
        ...this.#timeOf(timestamp),
      }));
    if (records.length > 0) {
      await this.#writeOver(partition, records, known);
    }
  }

  /** Writes the tombstones, and again the values that came into the log behind the known offset. */
  async #writeOver(
    partition: number,
    tombstones: readonly OutgoingRecord[],
    knownOffset: bigint,
  ): Promise<void> {
    let records = tombstones;
    let known = knownOffset;
    for (let round = 0; round <= RESTORES_MAX; round += 1) {
      const isTombstone = round === 0;
      const baseOffset = await this.#produce(partition, records, isTombstone);
      if (typeof baseOffset !== 'bigint') {
        this.#report(partition, isTombstone ? baseOffset : 'unclear', records.length, known);
        return;
      }
      const end = baseOffset + BigInt(records.length);
      const { topicId } = this.#options.partition(partition) ?? {};
      this.#writtenTo.set(partition, { topicId, offset: end });
      this.#report(partition, isTombstone ? 'written' : 'restored', records.length, baseOffset);
      const newer = await this.#newerValues(partition, records, known, baseOffset);
      if (newer === undefined) {
        this.#report(partition, 'unclear', records.length, known);
        return;
      }
      if (newer.length === 0) {
        return;
      }
      records = newer;
      known = end;
    }
    this.#report(partition, 'unclear', records.length, known);
  }

  /** The offset of the first; else what became of them. */
  async #produce(
    partition: number,
    records: readonly OutgoingRecord[],
    isTombstone: boolean,
  ): Promise<bigint | 'failed' | 'unclear'> {
    const { sink, topic } = this.#options;
    const backoff = new Backoff(RETRY);
    const batch = { topic, partition, records };
    for (;;) {
      const [result] = await sink.produce([batch], PRODUCE_MS);
      if (result?.ok === true) {
        return result.baseOffset;
      }
      const { outcome = 'not_written', reason = 'unavailable', detail } = result ?? {};
      // A tombstone that may be in the log could not be told from one of a user. A value may come twice.
      if (isTombstone && outcome === 'unknown') {
        return 'unclear';
      }
      if (reason !== 'unavailable' || backoff.attempts + 1 >= TRIES_MAX) {
        this.#options.log.warn({ partition, detail }, 'retention tombstones cannot be written');
        return 'failed';
      }
      await pause(backoff.next(), this.#stopping.signal);
      if (this.#stopping.signal.aborted && isTombstone) {
        return 'failed';
      }
    }
  }

  /** What was written to these keys in between and is not deleted again; undefined where nobody knows. */
  async #newerValues(
    partition: number,
    written: readonly OutgoingRecord[],
    from: bigint,
    to: bigint,
  ): Promise<OutgoingRecord[] | undefined> {
    const { source, topic, isExpired } = this.#options;
    if (from === to) {
      return [];
    }
    const keys = new Set(written.map(({ key }) => this.#nameOf(key)));
    const newest = new Map<string, OutgoingRecord>();
    // Where the write is before what was known, the topic is another one.
    const between = { topic, partition, from: from < to ? from : 0n, to };
    const isWhole = await readBetween(source, between, READ_MS, (record) => {
      const name = this.#nameOf(record.key);
      if (name !== undefined && keys.has(name)) {
        const { key, value, timestamp } = record;
        const kept = isExpired(timestamp) ? null : value;
        newest.set(name, { key, value: kept, ...this.#timeOf(timestamp) });
      }
    });
    return isWhole ? [...newest.values()].filter(({ value }) => value !== null) : undefined;
  }

  /**
   * In a mixed topic, timestamps decide between partitions. So a tombstone has the time of the record that
   * expired, and never removes a newer value in another partition.
   */
  #timeOf(timestamp: bigint): { readonly timestamp?: bigint } {
    return this.#options.isMixed() ? { timestamp } : {};
  }

  /** As the store tells keys apart. */
  #nameOf(key: Buffer | null): string | undefined {
    return key === null ? undefined : this.#options.keyEncoding.encode(key)?.toString('latin1');
  }

  #writable(partition: number): PartitionView | undefined {
    const view = this.#options.partition(partition);
    return view?.state === 'serving' && this.#options.isWriter(partition) ? view : undefined;
  }

  #report(partition: number, outcome: TombstoneOutcome, records: number, offset: bigint): void {
    this.#options.onOutcome(outcome, records);
    if (outcome === 'unclear') {
      this.#options.log.warn(
        { partition, records, offset: String(offset) },
        'it is not known whether a retention tombstone deleted a value that was written in the same moment, from this offset on',
      );
    }
  }
}
