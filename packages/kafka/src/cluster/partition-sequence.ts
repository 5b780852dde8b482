const EPOCH_MAX = 32_767;
const SEQUENCE_MODULUS = 2 ** 31;

/**
 * The place of the next batch in the sequence that a broker keeps for an idempotent producer and
 * one partition. A batch that is sent again with the same place is appended once.
 *
 * After an outcome that stays unknown the epoch goes up. The broker then refuses the lost batch if
 * it still arrives, a stopped broker may have it in a socket, once a later batch is in the topic: so
 * nothing that was written before ever lands behind what was written after it. The broker keeps the
 * epoch of a producer without transactions by partition, so other partitions are not disturbed.
 */
export class PartitionSequence {
  #producerId: bigint | undefined;
  #epoch = 0;
  #next = 0;

  /** Where a batch is placed; `producerId` serves where this partition has none yet. */
  place(producerId: bigint): { producerId: bigint; producerEpoch: number; firstSequence: number } {
    this.#producerId ??= producerId;
    return { producerId: this.#producerId, producerEpoch: this.#epoch, firstSequence: this.#next };
  }

  /** The batch at the current place is in the topic. */
  advance(records: number): void {
    this.#next = (this.#next + records) % SEQUENCE_MODULUS;
  }

  /** Begins a new sequence. Answers true when the epochs of the producer id are used up. */
  restart(): boolean {
    this.#next = 0;
    this.#epoch += 1;
    if (this.#epoch <= EPOCH_MAX) {
      return false;
    }
    this.#epoch = 0;
    this.#producerId = undefined;
    return true;
  }
}
