import { intact } from './intact.ts';
import type { EntryList, RangeReader, StoredEntry } from './ports.ts';
import { DATA_PREFIX_BYTES } from './store-key.ts';

/** What is used of LevelDB's iterator, which reads from the snapshot of when it was made. */
export interface LevelIterator {
  nextv(size: number): Promise<[Buffer, Buffer][]>;
  close(): Promise<void>;
}

/** Entries taken from LevelDB at a time at most; its own bound of bytes may end a step before. */
const STEP_MAX = 1_000;

export class LevelRange implements RangeReader {
  readonly #iterator: LevelIterator;
  #step: readonly [Buffer, Buffer][] = [];
  #at = 0;

  constructor(iterator: LevelIterator) {
    this.#iterator = iterator;
  }

  async next(itemsMax: number, bytesMax: number): Promise<EntryList> {
    const entries: StoredEntry[] = [];
    let bytes = 0;
    for (;;) {
      const entry = this.#step[this.#at];
      if (entry === undefined) {
        // One more than wanted tells whether there is more.
        this.#step = await this.#iterator.nextv(Math.min(STEP_MAX, itemsMax - entries.length + 1));
        this.#at = 0;
        if (this.#step.length === 0) {
          return { entries, isComplete: true };
        }
        continue;
      }
      if (entries.length === itemsMax || bytes >= bytesMax) {
        return { entries, isComplete: false };
      }
      const [storeKey, value] = entry;
      entries.push({ key: storeKey.subarray(DATA_PREFIX_BYTES), ...intact(storeKey, value) });
      bytes += storeKey.length + value.length;
      this.#at += 1;
    }
  }

  close(): Promise<void> {
    return this.#iterator.close();
  }
}
