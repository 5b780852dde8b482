import { describeError } from '@quicksilver/common/errors/describe';
import type { Position } from '@quicksilver/contracts/mirror-api/position-token';

import { answers, type PartitionView } from '../apply/partition-state.ts';
import {
  CorruptStoreError,
  type EntryList,
  type EntryPage,
  type RangeOptions,
} from '../store/ports.ts';
import type { StoredRecord } from '../store/value-layout.ts';
import { currentOf, type FoundRecord, type HeldRecord } from './current-record.ts';
import { refusal, type QueryResult, type Refusal } from './query-result.ts';
import type { TopicView } from './topic-view.ts';
import type { CachedValue } from './value-cache.ts';

export interface QueryServiceOptions {
  /** Milliseconds that a read waits at most for the position it must see. */
  readonly waitMaxMs: number;
  /** Milliseconds that data may be older than the last answer of Kafka; 0 sets no bound. */
  readonly stalenessMaxMs: number;
}

export interface ListFrom {
  readonly after: Buffer | undefined;
  readonly itemsMax: number;
  readonly bytesMax: number;
}

/** One partition's part of a range, from one snapshot. */
export interface RangeRead {
  next(itemsMax: number, bytesMax: number): Promise<QueryResult<EntryPage>>;
  /** Whoever opened it closes it, also after a refusal. */
  close(): Promise<void>;
}

/** Reads of the partitions that this replica owns. Refusals are values; only bugs are thrown. */
export class QueryService {
  readonly #options: QueryServiceOptions;

  constructor(options: QueryServiceOptions) {
    this.#options = options;
  }

  /**
   * A value that was read lately, by the name that the cache has for its key. Undefined says nothing
   * about the key: then its partition must be asked.
   */
  cached(view: TopicView, name: string): CachedValue | undefined {
    const found = view.cache.get(name);
    return found !== undefined &&
      // A write in a partition of another replica does not remove what is remembered here.
      !view.placement.isMixed &&
      view.isExpired?.(found.timestamp) !== true &&
      this.refuse(found.partition) === undefined
      ? found
      : undefined;
  }

  /** The value of a key in its own partition, if the topic is not mixed. `key` is the record's key. */
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
      if (stored === undefined || record === undefined || view.isExpired?.(record.timestamp)) {
        return (
          unknownElsewhere(view) ??
          refusal('not-found', `The key does not exist in topic ${view.topic}.`)
        );
      }
      const { offset, timestamp } = record;
      const json = record.json.toString('latin1');
      const value = { partition, generation, json, offset, timestamp };
      view.cache.set(view.cache.keyOf(stored), value);
      return { ok: true, value };
    } catch (error) {
      return unreadable(partition, error);
    }
  }

  /**
   * What the partitions have of a key, removals that left a note included: `home`, if it is the key's own, and
   * `others`, which are mixed. The caller has seen that the others answer. `key` is the record's key.
   */
  held(
    view: TopicView,
    home: PartitionView | undefined,
    others: readonly PartitionView[],
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
    const asked = othersWith(view, others, stored);
    for (const partition of home === undefined ? asked : [home, ...asked]) {
      try {
        const { partition: number, generation } = partition;
        const record = view.store.find(number, generation, stored);
        if (record !== undefined) {
          const removedAt = view.range && view.store.removedAt(number, generation, stored);
          held.push(heldRecord(number, record, removedAt));
        }
      } catch (error) {
        return unreadable(partition, error);
      }
    }
    return { ok: true, value: held };
  }

  /** The record that a key of a mixed topic is answered with, of those that its partitions have. */
  choose(view: TopicView, records: readonly HeldRecord[]): QueryResult<FoundRecord> {
    const current = currentOf(records, view.isImmutable);
    if (current?.json === undefined || view.isExpired?.(current.timestamp) === true) {
      return (
        unknownElsewhere(view) ??
        refusal('not-found', `The key does not exist in topic ${view.topic}.`)
      );
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
      return unreadable(partition, error);
    }
  }

  /** What the partition holds at this moment between two places of the range index. */
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
          return unreadable(partition, error);
        }
      };
      return { ok: true, value: { next, close: () => reader.close() } };
    } catch (error) {
      return unreadable(partition, error);
    }
  }

  /**
   * What was read while other things ran: a generation that ended meanwhile may have been half
   * cleared when the snapshot was taken.
   */
  #ofGeneration<T>(partition: PartitionView, generation: number, value: T): QueryResult<T> {
    return generation === partition.generation
      ? { ok: true, value }
      : (this.refuse(partition) ?? refusal('restoring', 'The partition was built anew meanwhile.'));
  }

  /** Why the partition does not answer now; undefined where it does. */
  refuse(partition: PartitionView): Refusal | undefined {
    const { state } = partition;
    if (!answers(state)) {
      return notServing(partition);
    }
    const { stalenessMaxMs } = this.#options;
    if (stalenessMaxMs > 0) {
      const ageMs = performance.now() - (partition.atEndMs ?? 0);
      if (ageMs > stalenessMaxMs) {
        return refusal(
          'stale',
          `Partition ${partition.partition} last stood at the end of its topic ${Math.round(ageMs)} ms ago; ${stalenessMaxMs} ms are allowed.`,
        );
      }
    }
    return undefined;
  }

  /**
   * Undefined once the partition has applied what the position asks of it. Offsets of other
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

/**
 * Any partition may have the key, and another value of it: so none answers before all of them here were read.
 * Whether partitions of other replicas are mixed matters for what is missing, and for the first record of a key.
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

/** Of more partitions it is faster to ask the index of the store first. */
const ASKED_DIRECTLY_MAX = 7;

function othersWith(
  { store, placement }: TopicView,
  others: readonly PartitionView[],
  stored: Buffer,
): readonly PartitionView[] {
  const known = others.length > ASKED_DIRECTLY_MAX ? store.placesOf(stored) : undefined;
  return known === undefined
    ? others
    : others.filter(
        ({ partition }) => known.includes(partition) || placement.unindexed.has(partition),
      );
}

function heldRecord(
  partition: number,
  { offset, timestamp, json }: StoredRecord,
  removedAt: bigint | undefined,
): HeldRecord {
  const isRemoval = json.length === 0;
  const text = isRemoval ? undefined : json.toString('latin1');
  return { partition, offset, timestamp, json: text, isRemoval, removedAt };
}

function notServing(partition: PartitionView): Refusal {
  const { state, nextOffset, endOffset, detail } = partition;
  const why = detail === undefined ? '' : `: ${detail}`;
  switch (state) {
    case 'topic-gone':
      return refusal('topic-gone', `The topic was deleted${why}.`);
    case 'failed':
      return refusal('unavailable', `Partition ${partition.partition} does not answer${why}.`);
    default:
      return refusal(
        'restoring',
        `Partition ${partition.partition} is being restored (${nextOffset} of ${endOffset})${why}.`,
      );
  }
}

function unreadable(partition: PartitionView, error: unknown): Refusal {
  const why = describeError(error);
  if (error instanceof CorruptStoreError) {
    partition.reportCorrupt(why);
    return refusal('restoring', `Partition ${partition.partition} is being built anew: ${why}`);
  }
  return refusal(
    'unavailable',
    `The store of partition ${partition.partition} cannot be read: ${why}`,
  );
}
