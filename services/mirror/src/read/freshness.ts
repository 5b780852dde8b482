import type { Position } from '@quicksilver/contracts/mirror-api/position-token';

import type { OwnedPartition } from './read-scope.ts';
import type { RemoteFreshness } from './remote-reads.ts';

/** More would not fit into a header. */
const SKIPPED_MAX = 20;

/** How fresh a result is, collected over the partitions that it came from. */
export class Freshness {
  readonly #offsets = new Map<number, bigint>();
  #topicId: string | undefined;
  #lagRecords = 0n;
  #wasForwarded = false;
  readonly #skipped: string[] = [];

  addPartition(partition: OwnedPartition): void {
    if (partition.nextOffset > 0n) {
      this.#offsets.set(partition.partition, partition.nextOffset - 1n);
    }
    this.#topicId ??= partition.topicId;
    this.#addLag(partition.endOffset - partition.nextOffset);
  }

  /** A record of a requested key was skipped. Undefined if there is none. */
  addSkipped(partition: number, offset: bigint | undefined): void {
    if (offset !== undefined) {
      this.#addSkipped(`${partition}:${offset}`);
    }
  }

  /** Of another replica, because the client sent the request to the wrong one. */
  addForwarded(freshness: RemoteFreshness): void {
    this.#wasForwarded = true;
    this.addRemote(freshness);
  }

  /** Of another replica that has a part of the result. */
  addRemote({ position, lagRecords, skipped }: RemoteFreshness): void {
    for (const [partition, offset] of position?.offsets ?? []) {
      this.#offsets.set(partition, offset);
    }
    this.#topicId ??= position?.topicId;
    this.#addLag(lagRecords);
    skipped.forEach((record) => this.#addSkipped(record));
  }

  /** Undefined if no partition has a record. */
  get position(): Position | undefined {
    const topicId = this.#topicId;
    return this.#offsets.size === 0
      ? undefined
      : { offsets: this.#offsets, ...(topicId === undefined ? {} : { topicId }) };
  }

  /** The lag of the partition that is furthest behind. */
  get lagRecords(): bigint {
    return this.#lagRecords;
  }

  /** Whether another replica owns what the client requested. */
  get wasForwarded(): boolean {
    return this.#wasForwarded;
  }

  /** `partition:offset` of records that were skipped, a limited number of them. */
  get skipped(): readonly string[] {
    return this.#skipped;
  }

  #addSkipped(record: string): void {
    if (this.#skipped.length < SKIPPED_MAX) {
      this.#skipped.push(record);
    }
  }

  #addLag(records: bigint): void {
    if (records > this.#lagRecords) {
      this.#lagRecords = records;
    }
  }
}
