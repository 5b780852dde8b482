import { describeError } from '@quicksilver/common/errors/describe';
import type { Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { ReadFreshness } from '@quicksilver/contracts/mirror-api/read-freshness';

import { answers, heldBack, type PartitionView } from '../apply/partition-state.ts';
import {
  CorruptStoreError,
  type EntryList,
  type EntryPage,
  type RangeOptions,
} from '../store/ports.ts';
import { CacheReads } from './cache-reads.ts';
import { currentOf, unreadOf, type FoundRecord, type HeldRecord } from './current-record.ts';
import { heldRecord, partitionsWith, unreadRecord } from './held-here.ts';
import { haltOf, unreadable } from './poison-policy.ts';
import { refusal, type QueryResult, type Refusal } from './query-result.ts';
import type { TopicView } from './topic-view.ts';
import type { CachedValue } from './value-cache.ts';

export interface QueryServiceOptions {
  /** The most milliseconds that a read waits for its position. */
  readonly waitMaxMs: number;
  /** The most milliseconds since a partition was at the end of its topic; 0 sets no limit. */
  readonly stalenessMaxMs: number;
  /**
   * The same while records are known that are not applied, for the answer that a key does not
   * exist; 0 sets no limit.
   */
  readonly absenceAgeMaxMs: number;
}

export interface ListFrom {
  readonly after: Buffer | undefined;
  readonly itemsMax: number;
  readonly bytesMax: number;
}

/** One partition's part of a range, from one snapshot. */
export interface RangeRead {
  next(itemsMax: number, bytesMax: number): Promise<QueryResult<EntryPage>>;
  /** The opener closes it, even after a refusal. */
  close(): Promise<void>;
}

/** Reads of the partitions that this replica owns. Refusals are values; only bugs are thrown. */
export class QueryService {
  readonly #options: QueryServiceOptions;

  constructor(options: QueryServiceOptions) {
    this.#options = options;
  }

  /**
   * A value of the cache, by the cache's name for its key. If it is undefined, the key may exist.
   * Then its partition must be read.
   */
  cached(view: TopicView, name: string): CachedValue | undefined {
    const entry = isCached(view) ? view.cache.get(name) : undefined;
    return entry !== undefined &&
      view.isExpired?.(entry.timestamp) !== true &&
      this.#servesCached(view, entry.partition)
      ? entry
      : undefined;
  }

  /** As `cached`, for many keys in one turn of the event loop. Undefined if no key has a value. */
  cacheReads(view: TopicView): CacheReads | undefined {
    return isCached(view)
      ? new CacheReads(view, (partition) => this.#servesCached(view, partition))
      : undefined;
  }

  #servesCached({ haltsOnPoison }: TopicView, partition: PartitionView): boolean {
    return (
      (haltsOnPoison !== true || !partition.poison.hasUnknownKeys) &&
      this.refuse(partition) === undefined
    );
  }

  /** The value of a key in its home partition, of a topic that is not mixed. */
  get(view: TopicView, partition: PartitionView, key: Buffer): QueryResult<CachedValue> {
    const refused = this.refuse(partition) ?? unread(view);
    if (refused !== undefined) {
      return refused;
    }
    const stored = view.keyEncoding.encode(key);
    const { generation } = partition;
    try {
      const record =
        stored === undefined ? undefined : view.store.get(partition.partition, generation, stored);
      const skipped = stored && partition.poison.newestOf(stored)?.offset;
      const isFirst = view.isImmutable && record !== undefined;
      const halt = haltOf(view, partition, skipped === undefined || isFirst ? [] : [skipped]);
      if (halt !== undefined) {
        return halt;
      }
      if (stored === undefined || record === undefined || view.isExpired?.(record.timestamp)) {
        return { ...this.#missing(view, [partition]), skipped };
      }
      const { offset, timestamp } = record;
      const json = record.json.toString('latin1');
      const value = { partition, generation, json, offset, timestamp };
      if (skipped !== undefined && !view.isImmutable) {
        return { ok: true, value: { ...value, skipped } };
      }
      view.cache.set(view.cache.keyOf(stored), value);
      return { ok: true, value };
    } catch (error) {
      return storeFailure(partition, error);
    }
  }

  /**
   * The records of a key, including tombstones that left a note: in `home`, if this replica reads
   * its home partition, and in `mixed` partitions. The caller has checked that the latter do not
   * refuse.
   */
  held(
    view: TopicView,
    home: PartitionView | undefined,
    mixed: readonly PartitionView[],
    key: Buffer,
  ): QueryResult<HeldRecord[]> {
    const refused = unread(view) ?? (home && this.refuse(home));
    if (refused !== undefined) {
      return refused;
    }
    const held: HeldRecord[] = [];
    const stored = view.keyEncoding.encode(key);
    if (stored === undefined) {
      return { ok: true, value: held };
    }
    const partitions = partitionsWith(view, mixed, stored);
    for (const partition of home === undefined ? partitions : [home, ...partitions]) {
      const halt = haltOf(view, partition, []);
      if (halt !== undefined) {
        return halt;
      }
      try {
        const { partition: number, generation } = partition;
        const skipped = partition.poison.newestOf(stored);
        if (skipped !== undefined) {
          held.push(unreadRecord(number, skipped));
        }
        const record = view.store.find(number, generation, stored);
        if (record !== undefined) {
          const removedAt = view.range && view.store.removedAt(number, generation, stored);
          held.push(heldRecord(number, record, removedAt));
        }
      } catch (error) {
        return storeFailure(partition, error);
      }
    }
    return { ok: true, value: held };
  }

  /**
   * The current record of a key in a mixed topic, from its records in all partitions, which are as
   * fresh as this.
   */
  choose(
    view: TopicView,
    records: readonly HeldRecord[],
    { lagRecords, ageMs = 0 }: ReadFreshness,
  ): QueryResult<FoundRecord> {
    const current = currentOf(records, view.isImmutable);
    const unread = unreadOf(records, view.isImmutable);
    if (view.haltsOnPoison === true && unread !== undefined) {
      return unreadable(view.topic, unread.partition, unread.offset);
    }
    if (current?.json === undefined || view.isExpired?.(current.timestamp) === true) {
      const { absenceAgeMaxMs: limitMs } = this.#options;
      return limitMs > 0 && lagRecords > 0n && ageMs > limitMs
        ? refusal('stale', `A record of the key may be missing. ${olderText(ageMs, limitMs)}`)
        : this.#missing(view, view.listOwned());
    }
    return { ok: true, value: { ...current, json: current.json } };
  }

  /** Entries of one partition in key order. */
  async list(
    view: TopicView,
    partition: PartitionView,
    from: ListFrom,
  ): Promise<QueryResult<EntryList>> {
    const refused = this.refuse(partition) ?? unread(view);
    if (refused !== undefined) {
      return refused;
    }
    const { after, itemsMax, bytesMax } = from;
    const { generation } = partition;
    try {
      const list = await view.store.list({
        partition: partition.partition,
        generation,
        itemsMax,
        bytesMax,
        ...(after === undefined ? {} : { after }),
      });
      return this.#ofGeneration(partition, generation, list);
    } catch (error) {
      return storeFailure(partition, error);
    }
  }

  /** A snapshot of the partition between two places of the range index. */
  openRange(
    view: TopicView,
    partition: PartitionView,
    range: Pick<RangeOptions, 'gte' | 'lt' | 'isReverse'>,
  ): QueryResult<RangeRead> {
    const refused = this.refuse(partition) ?? unread(view);
    if (refused !== undefined) {
      return refused;
    }
    const { generation } = partition;
    try {
      const reader = view.store.openRange({
        ...range,
        partition: partition.partition,
        generation,
      });
      const next = async (itemsMax: number, bytesMax: number): Promise<QueryResult<EntryPage>> => {
        try {
          const value = await reader.next(itemsMax, bytesMax);
          return this.#ofGeneration(partition, generation, value);
        } catch (error) {
          return storeFailure(partition, error);
        }
      };
      return { ok: true, value: { next, close: () => reader.close() } };
    } catch (error) {
      return storeFailure(partition, error);
    }
  }

  /**
   * For a result that was read asynchronously. If the generation has ended meanwhile, the snapshot
   * may be of a partly cleared partition.
   */
  #ofGeneration<T>(partition: PartitionView, generation: number, value: T): QueryResult<T> {
    return generation === partition.generation
      ? { ok: true, value }
      : (this.refuse(partition) ??
          refusal('restoring', 'The partition was rebuilt during the read. Retry in a moment.'));
  }

  /** Why the partition refuses reads now. Undefined if it serves. */
  refuse(partition: PartitionView): Refusal | undefined {
    const { state } = partition;
    if (!answers(state)) {
      return notServing(partition);
    }
    const { stalenessMaxMs } = this.#options;
    return stalenessMaxMs > 0 ? tooOld(partition, stalenessMaxMs) : undefined;
  }

  /**
   * A key is missing only if these partitions have applied everything that they know of. A small
   * lag is normal: the limit is its age.
   */
  #missing(view: TopicView, partitions: readonly PartitionView[]): Refusal {
    const { absenceAgeMaxMs } = this.#options;
    for (const partition of partitions) {
      const { state, nextOffset, endOffset } = partition;
      if (state === 'stalled') {
        return refusal('stale', `A record of the key may be missing. ${stalledText(partition)}`);
      }
      const late =
        absenceAgeMaxMs > 0 && endOffset > nextOffset
          ? tooOld(partition, absenceAgeMaxMs)
          : undefined;
      if (late !== undefined) {
        return refusal('stale', `A record of the key may be missing. ${late.detail}`);
      }
    }
    return (
      unknownElsewhere(view) ??
      refusal('not-found', `The key does not exist in topic ${view.topic}.`)
    );
  }

  /**
   * Undefined once the partition has applied its offset of the position. Offsets of other
   * partitions do not matter.
   */
  async refuseBefore(partition: PartitionView, position: Position): Promise<Refusal | undefined> {
    const refused = this.refuse(partition);
    if (refused !== undefined) {
      return refused;
    }
    if (position.topicId !== undefined && position.topicId !== partition.topicId) {
      return refusal(
        'other-topic',
        `The position belongs to topic id ${position.topicId}; the topic now has id ${partition.topicId ?? 'unknown'}.`,
      );
    }
    const offset = position.offsets.get(partition.partition);
    const { waitMaxMs } = this.#options;
    if (offset === undefined || (await partition.waitFor(offset, waitMaxMs))) {
      return this.refuse(partition);
    }
    return refusal(
      'position-not-reached',
      `Partition ${partition.partition} is at ${partition.nextOffset - 1n} after ${waitMaxMs} ms, the request needs ${offset}.`,
    );
  }
}

/** A write in a partition of another replica does not remove an entry of the cache. */
function isCached({ placement }: TopicView): boolean {
  return !placement.isMixed;
}

/**
 * Any partition may have the key with another value, so none serves before all partitions here were
 * read. Whether partitions of other replicas are mixed matters only for missing keys, and for the
 * first record of a key.
 */
function unread(view: TopicView): Refusal | undefined {
  const { unreadHere } = view.placement;
  if (unreadHere !== undefined) {
    return refusal(
      'restoring',
      `Partition ${unreadHere} is being restored, and any key of topic ${view.topic} may be in it.`,
    );
  }
  return view.isImmutable ? unknownElsewhere(view) : undefined;
}

function unknownElsewhere({ topic, placement }: TopicView): Refusal | undefined {
  const { unknownElsewhere: partition } = placement;
  return partition === undefined
    ? undefined
    : refusal(
        'restoring',
        `The replica of partition ${partition} has not reported yet, and any key of topic ${topic} may be in that partition.`,
      );
}

function tooOld(partition: PartitionView, limitMs: number): Refusal | undefined {
  const ageMs = performance.now() - (partition.atEndMs ?? 0);
  if (ageMs <= limitMs) {
    return undefined;
  }
  const why = heldBack(partition) ?? partition.detail;
  return refusal(
    'stale',
    `Partition ${partition.partition}: ${olderText(ageMs, limitMs)}${why === undefined ? '' : ` ${why}`}`,
  );
}

function olderText(ageMs: number, limitMs: number): string {
  return `The data is from ${Math.round(ageMs)} ms ago; the limit is ${limitMs} ms.`;
}

function stalledText({ partition, detail }: PartitionView): string {
  return `Partition ${partition} is stalled${detail === undefined ? '.' : `: ${detail}`}`;
}

function notServing(partition: PartitionView): Refusal {
  const { state, nextOffset, endOffset, detail } = partition;
  const why = detail === undefined ? '' : `: ${detail}`;
  switch (state) {
    case 'topic-gone':
      return refusal('topic-gone', `The topic was deleted${why}.`);
    case 'failed':
      return refusal('unavailable', `Partition ${partition.partition} does not serve${why}.`);
    default:
      return refusal(
        'restoring',
        `Partition ${partition.partition} is being restored (${nextOffset} of ${endOffset})${why}.`,
      );
  }
}

function storeFailure(partition: PartitionView, error: unknown): Refusal {
  const why = describeError(error);
  if (error instanceof CorruptStoreError) {
    partition.reportCorrupt(why);
    return refusal('restoring', `Partition ${partition.partition} is being rebuilt: ${why}`);
  }
  return refusal(
    'unavailable',
    `The store of partition ${partition.partition} cannot be read: ${why}`,
  );
}
