import type { ReadFreshness } from '@quicksilver/contracts/mirror-api/read-freshness';

/** The greatest lag and age of the reads of an operation. */
export class OperationFreshness {
  #total: ReadFreshness | undefined;

  /** Undefined before the first read. */
  get total(): ReadFreshness | undefined {
    return this.#total;
  }

  include({ lagRecords, ageMs }: ReadFreshness): void {
    const { lagRecords: lag, ageMs: age } = this.#total ?? { lagRecords: 0n, ageMs: 0 };
    this.#total = {
      lagRecords: lagRecords > lag ? lagRecords : lag,
      ageMs: age === undefined || ageMs === undefined ? undefined : Math.max(age, ageMs),
    };
  }
}
