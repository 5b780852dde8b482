import type { ReadFreshness } from '@quicksilver/contracts/mirror-api/read-freshness';

/** A record that its mirror could not read, so that a value is older or missing. */
export interface SkippedRecord {
  readonly topic: string;
  readonly partition: number;
  /** As decimal text, because offsets exceed the numbers of JSON. */
  readonly offset: string;
}

/** More do not help a client. */
const SKIPPED_MAX = 20;

/** The greatest lag and age of the reads of an operation, and records that they lack. */
export class OperationFreshness {
  #total: ReadFreshness | undefined;
  readonly #skipped = new Map<string, SkippedRecord>();

  /** Undefined before the first read. */
  get total(): ReadFreshness | undefined {
    return this.#total;
  }

  /** A limited number of them. */
  get skipped(): readonly SkippedRecord[] {
    return [...this.#skipped.values()];
  }

  include({ lagRecords, ageMs }: ReadFreshness): void {
    const { lagRecords: lag, ageMs: age } = this.#total ?? { lagRecords: 0n, ageMs: 0 };
    this.#total = {
      lagRecords: lagRecords > lag ? lagRecords : lag,
      ageMs: age === undefined || ageMs === undefined ? undefined : Math.max(age, ageMs),
    };
  }

  /** `records` are `partition:offset`. */
  includeSkipped(topic: string, records: readonly string[]): void {
    for (const record of records) {
      if (this.#skipped.size < SKIPPED_MAX) {
        const [partition = '', offset = ''] = record.split(':');
        this.#skipped.set(`${topic}/${record}`, { topic, partition: Number(partition), offset });
      }
    }
  }

  /** A new event has records of its own. */
  forgetSkipped(): void {
    this.#skipped.clear();
  }
}
