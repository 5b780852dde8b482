import { keyCodecFor } from '@quicksilver/codec/key-codec';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { Applier } from '../apply/applier.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { ValueCache } from '../query/value-cache.ts';
import { keyEncodingFor } from '../store/key-encoding.ts';
import type { LevelStore } from '../store/level-store.ts';
import type { RangeIndex } from '../store/ports.ts';
import type { TopicPlacement } from './topic-placement.ts';

export interface ViewParts {
  readonly entry: TopicEntry;
  readonly store: LevelStore;
  readonly cache: ValueCache;
  readonly appliers: ReadonlyMap<number, Applier>;
  readonly range: RangeIndex | undefined;
  readonly placement: TopicPlacement;
  readonly isExpired: ((timestamp: bigint) => boolean) | undefined;
  readonly haltsOnPoison: boolean;
}

/** A hosted topic as queries see it. It is created again when its number of partitions changes. */
export function viewOf(parts: ViewParts): TopicView {
  const { entry, store, cache, appliers, range, placement, isExpired, haltsOnPoison } = parts;
  return {
    topic: entry.name,
    partitions: placement.partitions,
    keyCodec: keyCodecFor(entry.keyType, entry.keyFormat),
    keyEncoding: keyEncodingFor(entry.keyType),
    range,
    isExpired,
    isImmutable: entry.writeType === 'IMMUTABLE',
    haltsOnPoison,
    placement,
    store,
    cache,
    partitionOf: (key) => placement.homeOf(key),
    owned: (partition) => appliers.get(partition),
    listOwned: () => [...appliers.values()],
  };
}
