import type { AbortedTransaction } from './fetch-response.ts';

/** What the filter needs of a batch. */
export interface TransactionalBatch {
  readonly producerId: bigint;
  readonly lastOffset: bigint;
  readonly isTransactional: boolean;
  /** The batch is the marker that ends an aborted transaction of its producer. */
  readonly isAbortMarker: boolean;
}

/**
 * Tells the batches of aborted transactions from the others, as Kafka's Java consumer does. The
 * broker sends the aborted transactions that overlap the batches of one answer, so each answer has
 * its own filter, and its batches must be shown to it in the order of the log.
 */
export class AbortedFilter {
  /** Sorted by first offset, the next one to begin last. */
  readonly #pending: AbortedTransaction[];
  /** Producers whose aborted transaction has begun and whose abort marker has not come yet. */
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
