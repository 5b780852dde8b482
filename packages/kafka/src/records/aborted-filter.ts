import type { AbortedTransaction } from './fetch-response.ts';

/** The properties of a batch that the filter reads. */
export interface TransactionalBatch {
  readonly producerId: bigint;
  readonly lastOffset: bigint;
  readonly isTransactional: boolean;
  /** The batch is the marker that ends an aborted transaction of its producer. */
  readonly isAbortMarker: boolean;
}

/**
 * Detects batches of aborted transactions, as Kafka's Java consumer does. A response lists the
 * aborted transactions that overlap its batches. So each response has its own filter, and its
 * batches must be passed in log order.
 */
export class AbortedFilter {
  /** Sorted by first offset, descending. */
  readonly #pending: AbortedTransaction[];
  /** Producers with an open aborted transaction, before its abort marker. */
  readonly #aborting = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#pending = aborted.toSorted((a, b) => Number(b.firstOffset - a.firstOffset));
  }

  isAborted(batch: TransactionalBatch): boolean {
    if (batch.producerId < 0n) {
      return false;
    }
    for (let next = this.#pending.at(-1); next !== undefined; next = this.#pending.at(-1)) {
      if (next.firstOffset > batch.lastOffset) {
        break;
      }
      this.#pending.pop();
      this.#aborting.add(next.producerId);
    }
    if (batch.isAbortMarker) {
      this.#aborting.delete(batch.producerId);
      return false;
    }
    return batch.isTransactional && this.#aborting.has(batch.producerId);
  }
}
