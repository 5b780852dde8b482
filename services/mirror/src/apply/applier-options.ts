import type { KafkaRecord } from '@quicksilver/kafka/ports';
import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';
import type { ValueReader } from '@quicksilver/codec/registry/avro-values';

import type { RangeIndex, StoreOp, WritableStore } from '../store/ports.ts';
import type { SharedPlaces } from './partition-placement.ts';
import type { Unindexed } from './range-version.ts';
import type { Poison, RecordTypes } from './record-to-op.ts';
import type { Sweep } from './sweep.ts';

/** `topicId` is Kafka's of the topic that the records are of. */
export type ReadValues = (records: readonly KafkaRecord[], topicId: string) => Promise<ValueReader>;

export interface ApplierOptions {
  readonly partition: number;
  readonly store: WritableStore;
  readonly types: RecordTypes;
  /**
   * Where values name schemas, which have to be fetched first: what reads these records, in the place
   * of `types.valueCodec`. What it rejects with is what `apply` rejects with.
   */
  readonly valuesOf?: ReadValues | undefined;
  /** Undefined where the newest record of a key is all that is kept. */
  readonly range?: RangeIndex | undefined;
  /** Undefined where keys do not expire. */
  readonly sweep?: Sweep | undefined;
  /** Undefined if keys are not compared with their partitions. */
  readonly places?: SharedPlaces | undefined;
  /** Readers that may wait for a position at a time. */
  readonly waitersMax: number;
  readonly onApplied: (ops: readonly StoreOp[]) => void;
  readonly onPoison: (record: KafkaRecord, poison: Poison) => void;
  /** A record was applied that stands in no range. */
  readonly onUnindexed?: (record: KafkaRecord, why: Unindexed) => void;
  /** A record is applied. */
  readonly onRecord?: (record: KafkaRecord, op: StoreOp) => void;
  /** Keys that had expired were removed. */
  readonly onExpired?: (ops: readonly StoreOp[]) => void;
  readonly onState: (from: PartitionState, to: PartitionState, detail: string | undefined) => void;
  readonly onRebuild: () => void;
  readonly onCorrupt: (detail: string) => void;
  /** The partition stopped answering: it has to be rebuilt, with notes of its removals. */
  readonly onAmbiguous?: () => void;
  /** A record was read whose key belongs into another partition. */
  readonly onMisplaced?: () => void;
}
