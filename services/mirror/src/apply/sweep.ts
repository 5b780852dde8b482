import { isNote } from '../store/value-layout.ts';
import type { ReadonlyStore, StoredEntry, StoreOp } from '../store/ports.ts';

/** Removes expired keys in another way than a sweep does. */
export interface ExpiredTaker {
  /** Whether it has room for the entries of a step in this partition. */
  hasRoom(partition: number): boolean;
  take(partition: number, expired: readonly StoredEntry[]): void;
}

export interface SweepOptions {
  /** Whether a record of this time, in milliseconds since the epoch, has expired. */
  readonly isExpired: (timestamp: bigint) => boolean;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds between the end of a sweep and the start of the next. */
  readonly everyMs: number;
  /** Takes expired entries, which then stay in the store. A sweep waits while it has no room. */
  readonly taker?: ExpiredTaker | undefined;
}

/** The size of one step. It is small, so that records from Kafka never wait long. */
const STEP = { itemsMax: 5_000, bytesMax: 2_097_152 };

/**
 * Finds the expired keys of one partition, one step at a time. It only frees space, because a read
 * checks the time of its value itself.
 */
export class Sweep {
  readonly #options: SweepOptions;
  #generation: number | undefined;
  #after: Buffer | undefined;
  #dueMs = -Infinity;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /**
   * The removals of the next step. Empty if no sweep is due. The caller writes them before anything
   * else.
   */
  async step(store: ReadonlyStore, partition: number, generation: number): Promise<StoreOp[]> {
    const { clock, everyMs, isExpired, taker } = this.#options;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#after = undefined;
      this.#dueMs = -Infinity;
    }
    if (clock() < this.#dueMs || taker?.hasRoom(partition) === false) {
      return [];
    }
    const from = this.#after === undefined ? {} : { after: this.#after };
    const { entries, isComplete } = await store.list({
      partition,
      generation,
      hasNotes: true,
      ...STEP,
      ...from,
    });
    this.#after = isComplete ? undefined : entries.at(-1)?.key;
    if (isComplete) {
      this.#dueMs = clock() + everyMs;
    }
    const expired = entries.filter(({ timestamp }) => isExpired(timestamp));
    // Older records that such a removal could hide have expired too.
    const removed = taker === undefined ? expired : expired.filter(isNote);
    taker?.take(
      partition,
      expired.filter((entry) => !isNote(entry)),
    );
    return removed.map(({ key }) => ({ key, record: undefined }));
  }
}
