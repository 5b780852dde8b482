import { CorruptStoreError, type EntryPage, type RangeEntry, type RangeReader } from './ports.ts';
import { readVersion } from './version-layout.ts';

/**
 * The methods of LevelDB's iterator that are used here. It reads from the snapshot of its creation.
 */
export interface LevelIterator<K = Buffer, V = Buffer> {
  nextv(size: number): Promise<[K, V][]>;
  close(): Promise<void>;
}

export interface LevelRangeOptions {
  readonly iterator: LevelIterator<unknown, string>;
  /** The seed of the checksums. */
  readonly seed: number;
  /** The first place, and the end of the range, with one character per byte. */
  readonly gte: string;
  readonly lt: string;
  readonly isReverse: boolean;
}

/** The most entries per read from LevelDB. Its own limit of bytes may end a read earlier. */
const STEP_MAX = 1_001;

export class LevelRange implements RangeReader {
  readonly #options: LevelRangeOptions;
  #step: readonly [unknown, string][] = [];
  #at = 0;
  #last: string | undefined;

  constructor(options: LevelRangeOptions) {
    this.#options = options;
  }

  async next(itemsMax: number, bytesMax: number): Promise<EntryPage> {
    const { iterator, seed } = this.#options;
    const entries: RangeEntry[] = [];
    let bytes = 0;
    for (;;) {
      const row = this.#step[this.#at];
      if (row === undefined) {
        // One more than requested shows whether there is more.
        this.#step = await iterator.nextv(Math.min(STEP_MAX, itemsMax - entries.length + 1));
        this.#at = 0;
        if (this.#step.length === 0) {
          return { entries, isComplete: true };
        }
        continue;
      }
      if (entries.length === itemsMax || bytes >= bytesMax) {
        return { entries, isComplete: false };
      }
      const [, text] = row;
      const entry = readVersion(text, seed);
      this.#checkPlace(entry.place);
      entries.push(entry);
      bytes += text.length;
      this.#at += 1;
    }
  }

  close(): Promise<void> {
    return this.#options.iterator.close();
  }

  /**
   * A broken table may return one entry for another one. Its place is then outside the order or the
   * range.
   */
  #checkPlace(place: string): void {
    const { gte, lt, isReverse } = this.#options;
    const last = this.#last;
    this.#last = place;
    const isBehind = last === undefined || (isReverse ? place < last : place > last);
    if (!isBehind || place < gte || place >= lt) {
      throw new CorruptStoreError(
        'The place of a stored version is not in the order of its range.',
      );
    }
  }
}
