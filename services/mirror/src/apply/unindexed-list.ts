import type { SkippedEntry } from './skipped-record.ts';

/** The latest records in no range, up to a limit. Their total is counted elsewhere. */
export class UnindexedList {
  readonly #entriesMax: number;
  readonly #entries: SkippedEntry[] = [];

  constructor(options: { readonly entriesMax: number }) {
    this.#entriesMax = options.entriesMax;
  }

  add(entry: SkippedEntry): void {
    if (this.#entries.length >= this.#entriesMax) {
      this.#entries.shift();
    }
    this.#entries.push(entry);
  }

  /** Oldest first. */
  list(): readonly SkippedEntry[] {
    return [...this.#entries];
  }
}
