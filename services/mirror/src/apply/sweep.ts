import { isNote } from '../store/value-layout.ts';
import type { ReadonlyStore, StoredEntry, StoreOp } from '../store/ports.ts';

/** Who removes the keys that have expired in a way of its own. */
export interface ExpiredTaker {
  /** Whether it takes what a step finds in the partition now. */
  hasRoom(partition: number): boolean;
  take(partition: number, expired: readonly StoredEntry[]): void;
}

export interface SweepOptions {
  /** Whether a record of this time, in milliseconds since the epoch, has expired. */
  readonly isExpired: (timestamp: bigint) => boolean;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds from the end of one sweep to the begin of the next. */
  readonly everyMs: number;
  /** Takes what is found, which stays in the store then; a sweep waits while it has no room. */
  readonly taker?: ExpiredTaker | undefined;
}

/** One step looks at so much, so that what comes from Kafka never waits long behind it. */
const STEP = { itemsMax: 5_000, bytesMax: 2_097_152 };

/**
 * Finds the keys of one partition that have expired, a step at a time. It only frees the room: a read
 * knows by itself that a value has expired.
 */
export class Sweep {
  readonly #options: SweepOptions;
  #generation: number | undefined;
  #after: Buffer | undefined;
  #dueMs = -Infinity;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** What the next step removes; nothing while no sweep is due. The caller writes it before anything else. */
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
    // What a removal that is as old could hide has expired too.
    const removed = taker === undefined ? expired : expired.filter(isNote);
    taker?.take(
      partition,
      expired.filter((entry) => !isNote(entry)),
    );
    return removed.map(({ key }) => ({ key, record: undefined }));
  }
}
