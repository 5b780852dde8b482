import type { Position } from '@quicksilver/contracts/mirror-api/position-token';

import type { OwnedPartition } from './read-scope.ts';
import type { RemoteFreshness } from './remote-reads.ts';

/** More would not fit into a header. */
const SKIPPED_MAX = 20;
/**
 * Milliseconds since everything that was then in the partition is applied. Undefined if no such
 * moment is known.
 */
export function ageMsOf({ atEndMs }: Pick<OwnedPartition, 'atEndMs'>): number | undefined {
  return atEndMs === undefined ? undefined : Math.ceil(performance.now() - atEndMs);
}

/** How fresh a result is, collected over the partitions that it came from. */
export class Freshness {
  readonly #offsets = new Map<number, bigint>();
  #topicId: string | undefined;
  #lagRecords = 0n;
  /** Of the parts of other replicas. */
  #ageMs: number | undefined = 0;
  /** Of the part of this replica that was at its end the longest time ago. */
  #atEndMs: number | undefined = Infinity;
  #wasForwarded = false;
  readonly #skipped: string[] = [];

  addPartition(partition: OwnedPartition): void {
    if (partition.nextOffset > 0n) {
      this.#offsets.set(partition.partition, partition.nextOffset - 1n);
    }
    this.#topicId ??= partition.topicId;
    this.#addLag(partition.endOffset - partition.nextOffset);
    this.#atEndMs = least(this.#atEndMs, partition.atEndMs);
  }

  /** A record of a requested key was skipped. Undefined if there is none. */
  addSkipped(partition: number | undefined, offset: bigint | undefined): void {
    if (partition !== undefined && offset !== undefined) {
      this.#addSkipped(`${partition}:${offset}`);
    }
  }

  /** Of another replica, because the client sent the request to the wrong one. */
  addForwarded(freshness: RemoteFreshness): void {
    this.#wasForwarded = true;
    this.addRemote(freshness);
  }

  /** Of another replica that has a part of the result. */
  addRemote({ position, lagRecords, ageMs, skipped }: RemoteFreshness): void {
    for (const [partition, offset] of position?.offsets ?? []) {
      this.#offsets.set(partition, offset);
    }
    this.#topicId ??= position?.topicId;
    this.#addLag(lagRecords);
    this.#ageMs = greatest(this.#ageMs, ageMs);
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

  /** The age of the oldest part. Undefined if that of some part is unknown. */
  get ageMs(): number | undefined {
    const ageMs = this.#atEndMs === Infinity ? 0 : ageMsOf({ atEndMs: this.#atEndMs });
    return greatest(this.#ageMs, ageMs);
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
    if (this.#skipped.length < SKIPPED_MAX && !this.#skipped.includes(record)) {
      this.#skipped.push(record);
    }
  }

  #addLag(records: bigint): void {
    if (records > this.#lagRecords) {
      this.#lagRecords = records;
    }
  }
}

function greatest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.min(one, other);
}
