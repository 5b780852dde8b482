import type { PartitionView } from '../apply/partition-state.ts';
import type { TopicView } from './topic-view.ts';
import type { CachedValue } from './value-cache.ts';

/** Reads of the value cache in one turn of the event loop. They check each partition once. */
export class CacheReads {
  /** The partitions of the values so far. */
  readonly partitions = new Set<PartitionView>();
  readonly #view: TopicView;
  readonly #serves: (partition: PartitionView) => boolean;

  constructor(view: TopicView, serves: (partition: PartitionView) => boolean) {
    this.#view = view;
    this.#serves = serves;
  }

  /** By the cache's name for the key. */
  get(name: string): CachedValue | undefined {
    const { cache, isExpired } = this.#view;
    const entry = cache.get(name);
    if (entry === undefined || isExpired?.(entry.timestamp) === true) {
      return undefined;
    }
    if (!this.partitions.has(entry.partition)) {
      if (!this.#serves(entry.partition)) {
        return undefined;
      }
      this.partitions.add(entry.partition);
    }
    return entry;
  }
}
