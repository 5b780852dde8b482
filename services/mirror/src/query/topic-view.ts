import type { Codec } from '@quicksilver/codec/codec';

import type { PartitionView } from '../apply/partition-state.ts';
import type { KeyEncoding } from '../store/key-encoding.ts';
import type { RangeIndex, ReadonlyStore } from '../store/ports.ts';
import type { KeyPlacement } from './key-placement.ts';
import type { ValueCache } from './value-cache.ts';

/** What a query may know of a topic that this process hosts. */
export interface TopicView {
  readonly topic: string;
  /** Number of the topic's partitions, owned here or not. */
  readonly partitions: number;
  readonly keyCodec: Codec;
  readonly keyEncoding: KeyEncoding;
  /** Undefined where the topic has no range field. */
  readonly range?: RangeIndex | undefined;
  /** Whether a record of this time has expired; undefined where none does. */
  readonly isExpired?: ((timestamp: bigint) => boolean) | undefined;
  /** True if the first record of a key stays for ever. */
  readonly isImmutable: boolean;
  readonly placement: KeyPlacement;
  readonly store: ReadonlyStore;
  readonly cache: ValueCache;
  /** The partition that Java's default partitioner chooses for a record's key. */
  partitionOf(key: Buffer): number;
  /** Undefined where another replica owns the partition. */
  owned(partition: number): PartitionView | undefined;
  listOwned(): readonly PartitionView[];
}
