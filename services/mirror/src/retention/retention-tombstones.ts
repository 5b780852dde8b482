import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { OutgoingRecord, RecordSink, RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { PartitionView } from '../apply/partition-state.ts';
import type { ExpiredTaker } from '../apply/sweep.ts';
import type { KeyEncoding } from '../store/key-encoding.ts';
import type { ReadonlyStore, StoredEntry } from '../store/ports.ts';
import { readBetween } from './read-between.ts';

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
  /** Only this class fetches with it. */
  readonly source: RecordSource;
  readonly store: ReadonlyStore;
  readonly keyEncoding: KeyEncoding;
  readonly isExpired: (timestamp: bigint) => boolean;
  /** Whether a newer value of a key may be in another partition. */
  readonly isMixed: () => boolean;
  readonly partition: (partition: number) => PartitionView | undefined;
  /** Whether this replica writes the tombstones of the partition at present. */
  readonly isWriter: (partition: number) => boolean;
  /** Milliseconds between two batches. */
  readonly pauseMs: number;
  readonly onOutcome: (outcome: TombstoneOutcome, records: number) => void;
  readonly log: Log;
}

/** Keys of one produce request. */
const BATCH_KEYS_MAX = 500;
/** Attempts for one batch. After them the next sweep finds its keys again. */
const TRIES_MAX = 5;
const RETRY = { firstMs: 200, maxMs: 5_000 };
/** Consecutive restores because newer values keep coming between. */
const RESTORES_MAX = 8;
const PRODUCE_MS = 5_000;
const READ_MS = 5_000;

const NOTHING_WRITTEN = { topicId: undefined, offset: 0n };

interface ExpiredKey {
  readonly key: Buffer;
  readonly offset: bigint;
  readonly timestamp: bigint;
}

/**
 * Writes a tombstone to the topic for each expired key, for other consumers and for Kafka's
 * compaction. It removes nothing from the store: the mirror applies the tombstone like any other.
 * Until then the key stays in the store, so the store is the queue. After a crash the next sweep
 * finds the key again.
 *
 * Kafka has no conditional writes, so a new record of the key may enter the log between the read of
 * the store and the tombstone. After the write the records between are therefore read, and the
 * newest value of each key is written again behind its tombstone, until no record came between. So
 * all consumers of the log end with the live value.
 */
export class RetentionTombstones implements ExpiredTaker {
  readonly #options: RetentionTombstonesOptions;
  readonly #stopping = new AbortController();
  readonly #queues = new Map<number, ExpiredKey[]>();
  /** The end of the last write of a partition. No sweep takes more before it is applied. */
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
      !this.#queues.has(partition) &&
      view.nextOffset >= view.stableOffset &&
      // The offsets of a recreated topic start at 0.
      (written.topicId !== view.topicId || view.nextOffset >= written.offset)
    );
  }

  take(partition: number, expired: readonly StoredEntry[]): void {
    if (expired.length > 0) {
      // Without the values, which would keep a whole page of the store in memory.
      const queue = expired.map(({ key, offset, timestamp }) => {
        return { key: Buffer.from(key), offset, timestamp };
      });
      this.#queues.set(partition, queue);
      this.#running ??= this.#writeAll();
    }
  }

  /** Resolves when no expired key waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#options.sink.close();
    await this.#options.source.close();
  }

  /** Never rejects, because the next sweep finds the remaining keys again. */
  async #writeAll(): Promise<void> {
    const { signal } = this.#stopping;
    for (const [partition, queue] of this.#queues) {
      try {
        while (queue.length > 0 && !signal.aborted && this.#writable(partition) !== undefined) {
          await this.#writeBatch(partition, queue.splice(0, BATCH_KEYS_MAX));
          await pause(this.#options.pauseMs, signal);
        }
      } catch (error) {
        this.#options.log.warn({ partition, err: error }, 'retention tombstones were not written');
      }
      this.#queues.delete(partition);
    }
    this.#running = undefined;
  }

  async #writeBatch(partition: number, batch: readonly ExpiredKey[]): Promise<void> {
    const { store, isExpired, keyEncoding } = this.#options;
    const view = this.#writable(partition);
    if (view === undefined) {
      return;
    }
    // Before the read of the store, which may be ahead of it.
    const readTo = view.nextOffset;
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
      await this.#writeOver(partition, records, readTo);
    }
  }

  /** Writes the tombstones, and restores the values between an offset and the tombstones. */
  async #writeOver(
    partition: number,
    tombstones: readonly OutgoingRecord[],
    offset: bigint,
  ): Promise<void> {
    let records = tombstones;
    let from = offset;
    for (let round = 0; round <= RESTORES_MAX; round += 1) {
      const isTombstone = round === 0;
      const baseOffset = await this.#produce(partition, records, isTombstone);
      if (typeof baseOffset !== 'bigint') {
        this.#report(partition, isTombstone ? baseOffset : 'unclear', records.length, from);
        return;
      }
      const end = baseOffset + BigInt(records.length);
      const { topicId } = this.#options.partition(partition) ?? {};
      this.#writtenTo.set(partition, { topicId, offset: end });
      this.#report(partition, isTombstone ? 'written' : 'restored', records.length, baseOffset);
      const newer = await this.#newerValues(partition, records, from, baseOffset);
      if (newer === undefined) {
        this.#report(partition, 'unclear', records.length, from);
        return;
      }
      if (newer.length === 0) {
        return;
      }
      records = newer;
      from = end;
    }
    this.#report(partition, 'unclear', records.length, from);
  }

  /** The offset of the first record, or the outcome if they were not written. */
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
      // A second tombstone could delete a value of a user. A second copy of a value is harmless.
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

  /** The live values of these keys between two offsets. Undefined if they cannot be read. */
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
    // If the write is before the start, the topic was recreated.
    const between = { topic, partition, from: from < to ? from : 0n, to };
    const isWhole = await readBetween(source, between, READ_MS, (record) => {
      const name = this.#nameOf(record.key);
      if (name !== undefined && keys.has(name)) {
        const { key, value, timestamp } = record;
        const liveValue = isExpired(timestamp) ? null : value;
        newest.set(name, { key, value: liveValue, ...this.#timeOf(timestamp) });
      }
    });
    return isWhole ? [...newest.values()].filter(({ value }) => value !== null) : undefined;
  }

  /**
   * In a mixed topic, timestamps decide between partitions. So a tombstone has the time of the
   * expired record, and never removes a newer value in another partition.
   */
  #timeOf(timestamp: bigint): { readonly timestamp?: bigint } {
    return this.#options.isMixed() ? { timestamp } : {};
  }

  /** The stored form of the key, which is equal for equal keys. */
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
        'retention tombstones may have deleted values that were written at the same moment, from this offset on',
      );
    }
  }
}
