import type { Codec } from '@quicksilver/codec/codec';

import type { PartitionView } from '../apply/partition-state.ts';
import type { KeyEncoding } from '../store/key-encoding.ts';
import type { RangeIndex, ReadonlyStore } from '../store/ports.ts';
import type { KeyPlacement } from './key-placement.ts';
import type { ValueCache } from './value-cache.ts';

/** A hosted topic as queries see it. */
export interface TopicView {
  readonly topic: string;
  /** Number of the topic's partitions, owned here or not. */
  readonly partitions: number;
  readonly keyCodec: Codec;
  readonly keyEncoding: KeyEncoding;
  /** Undefined if the topic has no range field. */
  readonly range?: RangeIndex | undefined;
  /** Whether a record of this time has expired. Undefined if records never expire. */
  readonly isExpired?: ((timestamp: bigint) => boolean) | undefined;
  /** Whether the first record of a key stays forever. */
  readonly isImmutable: boolean;
  /** Whether reads of a key whose newest record cannot be read are errors. */
  readonly haltsOnPoison?: boolean;
  readonly placement: KeyPlacement;
  readonly store: ReadonlyStore;
  readonly cache: ValueCache;
  /** The home partition of a record's key. */
  partitionOf(key: Buffer): number;
  /** Undefined if another replica owns the partition. */
  owned(partition: number): PartitionView | undefined;
  listOwned(): readonly PartitionView[];
}
