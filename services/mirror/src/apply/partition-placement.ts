import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';

import type { Placement, StoreOp } from '../store/ports.ts';
import { NO_JSON } from '../store/value-layout.ts';

/** The placement of keys that the partitions of a topic share. */
export interface SharedPlaces {
  /** Number of the topic's partitions. */
  readonly partitions: number;
  /** The partition that Java's default partitioner chooses, with all partitions or with fewer. */
  homeOf(key: Buffer, partitions?: number): number;
  /** Whether any partition of any replica may have misplaced records. */
  readonly isMixed: boolean;
  /** The least timestamp of a misplaced value in the other partitions. */
  misplacedElsewhere(partition: number): bigint | undefined;
  /** Called when the placement of a partition has changed. */
  changed(): void;
}

/**
 * With fewer partitions, a lookup reads them all. That is about as fast as the index, and the index
 * makes loads slower.
 */
const INDEXED_PARTITIONS_MIN = 17;

export interface PartitionPlacementOptions {
  readonly partition: number;
  readonly shared: SharedPlaces;
  /** Called for a record whose key belongs in another partition. */
  readonly onMisplaced?: () => void;
}

/** Updated in place, because most records of a mixed topic may be misplaced. */
type Counting = { -readonly [Name in keyof Placement]: Placement[Name] };

/**
 * Compares the partition of each record with its home partition, and decides whether a removal
 * leaves a note. It counts records that are not yet written. `snapshot` is stored with the records
 * that it counts.
 */
export class PartitionPlacement {
  readonly #partition: number;
  readonly #shared: SharedPlaces;
  readonly #onMisplaced: () => void;
  #placement: Counting;
  /** Like `isRead` of the placement, but only for this process. */
  #hasRead = false;
  /** The counts matter to the other partitions, which do not have them yet. */
  #isNews = false;
  /** Earlier numbers of partitions. Some keys were placed by them. */
  #earlier: readonly number[] = [];

  constructor(options: PartitionPlacementOptions) {
    this.#partition = options.partition;
    this.#shared = options.shared;
    this.#onMisplaced = options.onMisplaced ?? (() => {});
    this.#placement = this.#empty();
  }

  /** Includes all records so far. The topic gets the news now, before it is stored. */
  snapshot(): Placement {
    if (this.#isNews) {
      this.#isNews = false;
      this.#shared.changed();
    }
    return { ...this.#placement };
  }

  /** Whether the partition may have misplaced records. */
  get isMixed(): boolean {
    return this.#placement.isMixed;
  }

  /** Whether the index of the store has all misplaced keys of the partition. */
  get isIndexed(): boolean {
    const [first = 0] = this.#placement.partitions;
    return first >= INDEXED_PARTITIONS_MIN && this.#earlier.length === 0;
  }

  get misplaced(): number {
    return this.#placement.misplaced;
  }

  get misplacedFrom(): bigint | undefined {
    return this.#placement.misplacedFrom;
  }

  /**
   * Whether this process has read the partition to its end. If the partition failed, an earlier
   * process counts too.
   */
  hasRead(state: PartitionState): boolean {
    return this.#hasRead || (state === 'failed' && this.#placement.isRead);
  }

  /**
   * Whether another partition may have an older value of a key that was removed here without a
   * note. The removal must be known then.
   */
  get isAmbiguous(): boolean {
    const { droppedTo } = this.#placement;
    const from = this.#shared.misplacedElsewhere(this.#partition);
    return droppedTo !== undefined && from !== undefined && droppedTo >= from;
  }

  /** Continues with the stored placement. */
  resume(stored: Placement | undefined): void {
    this.#set(stored ?? this.#empty());
    const { partitions } = this.#shared;
    if (this.#placement.partitions.at(-1) !== partitions) {
      // Keys of earlier records are now looked up in other partitions too.
      this.#set({
        ...this.#placement,
        partitions: [...this.#placement.partitions, partitions],
        isMixed: true,
      });
    }
    this.#shared.changed();
  }

  /**
   * Begins a generation without records. `before` is the placement of the same topic, if there is
   * one.
   */
  renew(before: Placement | undefined): void {
    this.#hasRead &&= before !== undefined;
    const { partitions, isMixed, isRead } = before ?? this.#empty();
    this.resume({ ...this.#empty(), partitions, isMixed, isRead });
  }

  /** Called when all records that existed at the start are read. */
  markRead(): void {
    this.#placement.isRead = true;
    if (!this.#hasRead) {
      this.#hasRead = true;
      this.#shared.changed();
    }
  }

  /** Counts a record. Returns its operation on the store. */
  count({ key, offset, timestamp }: KafkaRecord, op: StoreOp): StoreOp {
    if (key === null) {
      return op;
    }
    const isRemoval = op.record === undefined;
    if (this.#shared.homeOf(key) !== this.#partition) {
      this.#countMisplaced(timestamp, isRemoval);
      const operation = isRemoval ? this.#removal(op.key, offset, timestamp) : op;
      return this.#shared.partitions < INDEXED_PARTITIONS_MIN
        ? operation
        : { ...operation, isIndexed: true };
    }
    if (!isRemoval) {
      if (this.#earlier.length > 0 && this.#wasElsewhere(key)) {
        this.#lower(timestamp);
      }
      return op;
    }
    return this.#removal(op.key, offset, timestamp);
  }

  #countMisplaced(timestamp: bigint, isRemoval: boolean): void {
    this.#onMisplaced();
    this.#isNews ||= !this.#placement.isMixed;
    this.#placement.misplaced += 1;
    this.#placement.isMixed = true;
    this.#placement.keepsNotes = true;
    if (!isRemoval) {
      this.#lower(timestamp);
    }
  }

  #lower(timestamp: bigint): void {
    const { misplacedFrom } = this.#placement;
    if (misplacedFrom === undefined || timestamp < misplacedFrom) {
      this.#placement.misplacedFrom = timestamp;
      this.#isNews = true;
    }
  }

  #removal(key: Buffer, offset: bigint, timestamp: bigint): StoreOp {
    const { keepsNotes, droppedTo } = this.#placement;
    if (keepsNotes || this.#shared.isMixed) {
      this.#placement.keepsNotes = true;
      return { key, record: { offset, timestamp, json: NO_JSON } };
    }
    if (droppedTo === undefined || timestamp > droppedTo) {
      this.#placement.droppedTo = timestamp;
    }
    return { key, record: undefined };
  }

  #wasElsewhere(key: Buffer): boolean {
    return this.#earlier.some(
      (partitions) => this.#shared.homeOf(key, partitions) !== this.#partition,
    );
  }

  #set(placement: Placement): void {
    this.#placement = { ...placement };
    this.#earlier = placement.partitions.filter((count) => count !== this.#shared.partitions);
  }

  #empty(): Placement {
    return {
      partitions: [this.#shared.partitions],
      misplaced: 0,
      isMixed: false,
      keepsNotes: false,
      isRead: false,
    };
  }
}
