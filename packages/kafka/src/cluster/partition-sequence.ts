const EPOCH_MAX = 32_767;
const SEQUENCE_MODULUS = 2 ** 31;

/**
 * The position of the next batch in the sequence that a broker tracks for an idempotent producer
 * and one partition. A batch that is resent with the same position is appended once.
 *
 * After an unknown outcome the epoch increases. The lost batch may still arrive, for example from
 * the socket of a stopped broker. Once a later batch is in the topic, the broker rejects it. So an
 * earlier write never lands behind a later one. The broker tracks the epoch of a producer without
 * transactions per partition, so other partitions are unaffected.
 */
export class PartitionSequence {
  #producerId: bigint | undefined;
  #epoch = 0;
  #next = 0;

  /** The position of the next batch. `producerId` is used if this partition has none yet. */
  place(producerId: bigint): { producerId: bigint; producerEpoch: number; firstSequence: number } {
    this.#producerId ??= producerId;
    return { producerId: this.#producerId, producerEpoch: this.#epoch, firstSequence: this.#next };
  }

  /** The batch at the current position is in the topic. */
  advance(records: number): void {
    this.#next = (this.#next + records) % SEQUENCE_MODULUS;
  }

  /** Starts a new sequence. Returns true if the epochs of the producer id are used up. */
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
