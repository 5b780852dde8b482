import { CorruptStoreError, type EntryPage, type RangeEntry, type RangeReader } from './ports.ts';
import { readVersion } from './version-layout.ts';

/** What is used of LevelDB's iterator, which reads from the snapshot of when it was made. */
export interface LevelIterator<K = Buffer, V = Buffer> {
  nextv(size: number): Promise<[K, V][]>;
  close(): Promise<void>;
}

export interface LevelRangeOptions {
  readonly iterator: LevelIterator<unknown, string>;
  /** Of the checksums. */
  readonly seed: number;
  /** The places of the first entry and of the one behind the last, one character for each byte. */
  readonly gte: string;
  readonly lt: string;
  readonly isReverse: boolean;
}

/** Entries taken from LevelDB at a time at most; its own bound of bytes may end a step before. */
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
      const found = this.#step[this.#at];
      if (found === undefined) {
        // One more than wanted tells whether there is more.
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
      const [, text] = found;
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

  /** An entry that a broken table gives for another one is not where it says that it stands. */
  #checkPlace(place: string): void {
    const { gte, lt, isReverse } = this.#options;
    const last = this.#last;
    this.#last = place;
    const isBehind = last === undefined || (isReverse ? place < last : place > last);
    if (!isBehind || place < gte || place >= lt) {
      throw new CorruptStoreError('A stored version is not where it says that it stands.');
    }
  }
}
