import {
  SIZE_BYTES_MAX,
  SIZE_KEYS_MAX,
  type TopicSize,
} from '@quicksilver/contracts/mirror-api/contract';
import { totalSize } from '@quicksilver/contracts/mirror-api/size-query';

import type { PartitionView } from '../apply/partition-state.ts';
import type { EntryList } from '../store/ports.ts';
import type { QueryResult } from './query-result.ts';
import type { TopicView } from './topic-view.ts';

/** Some entries of a partition, as `QueryService.list` returns them. */
type ListEntries = (
  view: TopicView,
  partition: PartitionView,
  from: { readonly after: Buffer | undefined; itemsMax: number; bytesMax: number },
) => Promise<QueryResult<EntryList>>;

type SizeResult = QueryResult<TopicSize>;

/** The size of a partition when it was at this position. */
interface Count {
  readonly generation: number;
  readonly nextOffset: bigint;
  readonly sinceMs: number;
  readonly size: Promise<SizeResult>;
}

/** Milliseconds for which a size is valid although the partition has changed. */
const COUNT_EVERY_MS = 30_000;
/** Other requests are handled between two steps. */
const STEP_ITEMS = 1_000;
const STEP_BYTES = 1_048_576;

/** Counts the values of partitions, and remembers the numbers. */
export class TopicSizes {
  readonly #list: ListEntries;
  readonly #counts = new WeakMap<PartitionView, Count>();

  constructor(list: ListEntries) {
    this.#list = list;
  }

  /** The size of these partitions together. */
  async of(view: TopicView, partitions: readonly PartitionView[]): Promise<SizeResult> {
    let total = totalSize([]);
    for (const partition of partitions) {
      if (total.keys >= SIZE_KEYS_MAX || total.bytes >= SIZE_BYTES_MAX) {
        return { ok: true, value: { ...total, complete: false } };
      }
      const size = await this.#sizeOf(view, partition);
      if (!size.ok) {
        return size;
      }
      total = totalSize([total, size.value]);
    }
    return { ok: true, value: total };
  }

  async #sizeOf(view: TopicView, partition: PartitionView): Promise<SizeResult> {
    const { generation, nextOffset } = partition;
    const known = this.#counts.get(partition);
    const sinceMs = performance.now();
    if (
      known?.generation === generation &&
      (known.nextOffset === nextOffset || sinceMs - known.sinceMs < COUNT_EVERY_MS)
    ) {
      return await known.size;
    }
    const count = { generation, nextOffset, sinceMs, size: this.#count(view, partition) };
    this.#counts.set(partition, count);
    const size = await count.size;
    if (!size.ok && this.#counts.get(partition) === count) {
      this.#counts.delete(partition);
    }
    return size;
  }

  async #count(view: TopicView, partition: PartitionView): Promise<SizeResult> {
    let keys = 0;
    let bytes = 0;
    let visited = 0;
    let after: Buffer | undefined;
    for (;;) {
      const from = { after, itemsMax: STEP_ITEMS, bytesMax: STEP_BYTES };
      const list = await this.#list(view, partition, from);
      if (!list.ok) {
        return list;
      }
      const { entries, isComplete } = list.value;
      for (const { json, timestamp } of entries) {
        if (view.isExpired?.(timestamp) !== true) {
          keys += 1;
          bytes += json.length;
        }
      }
      visited += entries.length;
      after = entries.at(-1)?.key;
      if (isComplete || visited >= SIZE_KEYS_MAX || bytes >= SIZE_BYTES_MAX) {
        return { ok: true, value: { keys, bytes, complete: isComplete } };
      }
    }
  }
}
