import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';

import type { Placement, StoreOp } from '../store/ports.ts';
import { NO_JSON } from '../store/value-layout.ts';

/** What the partitions of a topic share about where its keys are. */
export interface SharedPlaces {
  /** Number of the topic's partitions. */
  readonly partitions: number;
  /** The partition that Java's default partitioner chooses, with all partitions or with fewer. */
  homeOf(key: Buffer, partitions?: number): number;
  /** Whether any partition, of any replica, may have keys of another one. */
  readonly isMixed: boolean;
  /** The least timestamp of a misplaced value in the other partitions. */
  misplacedElsewhere(partition: number): bigint | undefined;
  /** Called when the placement of a partition has changed. */
  changed(): void;
}

/**
 * With fewer partitions, a lookup reads them all. That is about as fast as the index, which makes loading
 * slower.
 */
const INDEXED_PARTITIONS_MIN = 17;

export interface PartitionPlacementOptions {
  readonly partition: number;
  readonly shared: SharedPlaces;
  /** A record was counted whose key belongs into another partition. */
  readonly onMisplaced?: () => void;
}

/** In place, since most records of a mixed topic may be misplaced. */
type Counting = { -readonly [Name in keyof Placement]: Placement[Name] };

/**
 * Compares the partition of each record with the one that Java's default partitioner chooses, and decides
 * what a removal leaves behind. It is ahead of the store by what is being written; `snapshot` is stored
 * with the records that it counts.
 */
export class PartitionPlacement {
  readonly #partition: number;
  readonly #shared: SharedPlaces;
  readonly #onMisplaced: () => void;
  #placement: Counting;
  /** As in the placement, but by this process. */
  #hasRead = false;
  /** What was counted matters to the other partitions, which do not know it yet. */
  #isNews = false;
  /** Earlier numbers of partitions, by which keys were placed. */
  #earlier: readonly number[] = [];

  constructor(options: PartitionPlacementOptions) {
    this.#partition = options.partition;
    this.#shared = options.shared;
    this.#onMisplaced = options.onMisplaced ?? (() => {});
    this.#placement = this.#fresh();
  }

  /** With everything that was counted so far. The topic learns of it now, before it is stored. */
  snapshot(): Placement {
    if (this.#isNews) {
      this.#isNews = false;
      this.#shared.changed();
    }
    return { ...this.#placement };
  }

  /** Keys of other partitions may be in this one. */
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

  /** This process has read what was in the partition; one that cannot go on: any process. */
  hasRead(state: PartitionState): boolean {
    return this.#hasRead || (state === 'failed' && this.#placement.isRead);
  }

  /**
   * Whether a key that was removed here may be in another partition with an older value: then the removal
   * must be known, and it left no note.
   */
  get isAmbiguous(): boolean {
    const { droppedTo } = this.#placement;
    const from = this.#shared.misplacedElsewhere(this.#partition);
    return droppedTo !== undefined && from !== undefined && droppedTo >= from;
  }

  /** Goes on with what the store has. */
  resume(stored: Placement | undefined): void {
    this.#set(stored ?? this.#fresh());
    const { partitions } = this.#shared;
    if (this.#placement.partitions.at(-1) !== partitions) {
      // Keys that were written before are now looked for elsewhere.
      this.#set({
        ...this.#placement,
        partitions: [...this.#placement.partitions, partitions],
        isMixed: true,
      });
    }
    this.#shared.changed();
  }

  /** Begins a generation without records. `before` is the placement of the same topic, if there is one. */
  renew(before: Placement | undefined): void {
    this.#hasRead &&= before !== undefined;
    const { partitions, isMixed, isRead } = before ?? this.#fresh();
    this.resume({ ...this.#fresh(), partitions, isMixed, isRead });
  }

  /** Everything that was in the partition when it began was read. */
  markRead(): void {
    this.#placement.isRead = true;
    if (!this.#hasRead) {
      this.#hasRead = true;
      this.#shared.changed();
    }
  }

  /** Counts a record; answers what it does to the store. */
  count({ key, offset, timestamp }: KafkaRecord, op: StoreOp): StoreOp {
    if (key === null) {
      return op;
    }
    const isRemoval = op.record === undefined;
    if (this.#shared.homeOf(key) !== this.#partition) {
      this.#countMisplaced(timestamp, isRemoval);
      const placed = isRemoval ? this.#removal(op.key, offset, timestamp) : op;
      return this.#shared.partitions < INDEXED_PARTITIONS_MIN
        ? placed
        : { ...placed, isIndexed: true };
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

  #fresh(): Placement {
    return {
      partitions: [this.#shared.partitions],
      misplaced: 0,
      isMixed: false,
      keepsNotes: false,
      isRead: false,
    };
  }
}
