import { codecFor } from '@quicksilver/common/codec/codecs';
import { partitionOf } from '@quicksilver/common/kafka/partitioner';
import type { TopicEntry } from '@quicksilver/common/topics/topic-entry';

import type { Applier } from './apply/applier.ts';
import type { TopicView } from './query/topic-view.ts';
import type { ValueCache } from './query/value-cache.ts';
import { keyEncodingFor } from './store/key-encoding.ts';
import type { LevelStore } from './store/level-store.ts';
import type { PartitionCounts, RangeIndex } from './store/ports.ts';

export interface ViewParts {
  readonly entry: TopicEntry;
  readonly counts: PartitionCounts;
  readonly store: LevelStore;
  readonly cache: ValueCache;
  readonly appliers: ReadonlyMap<number, Applier>;
  readonly range: RangeIndex | undefined;
  readonly isExpired: ((timestamp: bigint) => boolean) | undefined;
}

/** What queries see of a topic; made again when its number of partitions changes. */
export function viewOf(parts: ViewParts): TopicView {
  const { entry, counts, store, cache, appliers, range, isExpired } = parts;
  const { partitions, grownFrom } = counts;
  return {
    topic: entry.name,
    partitions,
    grownFrom,
    keyCodec: codecFor(entry.keyType),
    keyEncoding: keyEncodingFor(entry.keyType),
    range,
    isExpired,
    store,
    cache,
    partitionOf: (key) => partitionOf(key, partitions),
    owned: (partition) => appliers.get(partition),
    listOwned: () => [...appliers.values()],
  };
}
