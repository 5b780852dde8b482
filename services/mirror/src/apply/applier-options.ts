import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';

import type { RangeIndex, StoreOp, WritableStore } from '../store/ports.ts';
import type { SharedPlaces } from './partition-placement.ts';
import type { Unindexed } from './range-version.ts';
import type { Poison, RecordTypes } from './record-to-op.ts';
import type { Sweep } from './sweep.ts';

/** The readers of some records whose schemas were fetched. */
export type RecordReaders = Pick<RecordTypes, 'valueCodec' | 'readKey'>;

/** `topicId` is the id of the topic that contains the records. */
export type FetchReaders = (
  records: readonly KafkaRecord[],
  topicId: string,
) => Promise<RecordReaders>;

export interface PoisonCounted {
  /** The number of poison records with this one. */
  readonly total: number;
  /** The stored key, if the record is now the newest of it. */
  readonly key: Buffer | undefined;
}

export interface ApplierOptions {
  readonly partition: number;
  readonly store: WritableStore;
  readonly types: RecordTypes;
  /**
   * Returns the readers of these records, which replace those of `types`. Set if keys or values
   * refer to schemas, which must be fetched first. `apply` rejects with the same error.
   */
  readonly readersOf?: FetchReaders | undefined;
  /** Undefined if the topic has no range. */
  readonly range?: RangeIndex | undefined;
  /** Undefined if keys do not expire. */
  readonly sweep?: Sweep | undefined;
  /** Undefined if keys are not compared with their partitions. */
  readonly places?: SharedPlaces | undefined;
  /** The most readers that may wait for a position. */
  readonly waitersMax: number;
  /** The most poison records that are listed. */
  readonly poisonEntriesMax: number;
  /** The memory of one pass that reads poison records again. */
  readonly rereadBytesMax?: number;
  readonly onApplied: (ops: readonly StoreOp[]) => void;
  readonly onPoison: (record: KafkaRecord, poison: Poison, counted: PoisonCounted) => void;
  /** Called when an applied record is in a range. */
  readonly onIndexed?: () => void;
  /** Called when an applied record is in no range. */
  readonly onUnindexed?: (record: KafkaRecord, why: Unindexed) => void;
  /** Called for each record that is applied. */
  readonly onRecord?: (record: KafkaRecord, op: StoreOp) => void;
  /** Called when expired keys were removed. */
  readonly onExpired?: (ops: readonly StoreOp[]) => void;
  readonly onState: (from: PartitionState, to: PartitionState, detail: string | undefined) => void;
  readonly onRebuild: () => void;
  /** All records were removed, and their data must be cleared. */
  readonly onTruncated?: () => void;
  readonly onCorrupt: (detail: string) => void;
  /** The partition no longer responds. It must be rebuilt with notes of its removals. */
  readonly onAmbiguous?: () => void;
  /** Called for a record whose key belongs in another partition. */
  readonly onMisplaced?: () => void;
}
