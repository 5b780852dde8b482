/**
 * The only meeting place of mirror and gateway: paths, headers and bodies of the mirror's REST API.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /topics/{topic}/keys/{key}` | the value's JSON, or 404 KEY_NOT_FOUND; 304 where `If-None-Match` names its `ETag` |
 * | `POST /topics/{topic}/keys:batchGet`, a JSON array of keys | a JSON array, order kept, `null` for a missing key |
 * | `POST /topics/{topic}/keys:offsets`, a JSON array of keys | a JSON array of the offsets of the records that these keys are answered with, `null` for a missing key |
 * | `POST /topics/{topic}/keys:locate`, a JSON array of keys | a JSON array: of each key a list of `KeyPlaceForm`, the current one first, `[]` if no partition has it |
 * | `GET /topics/{topic}/keys?limit=&cursor=&partitions=` | `{"items":[{"key":…,"value":…},…],"next":cursor or null}`; of all partitions, or of those listed as `0,2` |
 * | the same with `&cursors=true` | `{"items":[{"cursor":…,"value":…},…],"next":…}`: with the cursor of an item a list goes on behind it, whether that is still there or not |
 * | `GET /topics/{topic}/range/{key}?from=&to=&…` | `{"items":[value,…],"next":cursor or null}`; see below |
 * | `GET /topics/{topic}/partitions` | partition to `host:port` of the replicas that own it, first one first; `MIXED_HEADER` says whether the topic is mixed |
 * | `GET /status` | `MirrorStatus` |
 *
 * **Ranges.** The values of one key in the order of the topic's range field, half-open `[from,to)` by
 * default. `from` and `to` are texts of the index's type (`RangeType`); one of them may be left out.
 * `includeFrom` and `includeTo` (`true` or `false`) move the bounds, `reverse=true` begins at the end,
 * `limit` is 1 to `RANGE_ITEMS_MAX`, and `cursor` goes on where the page before ended, with all other
 * parameters as they were. In a topic with a range key `{key}` is a value of that field: a number,
 * `true`, `false`, or else text. With `keyForm=json` the key is JSON, so that any key can be said.
 * With `cursors=true` each item is `{"cursor":…,"value":…}`. The cursor of an item is good for the same key and
 * bounds in either direction: `after` and `before` leave only what is behind one item and before another.
 * Of a range that is passed on (`FORWARDED_HEADER`) the items are `{"at":place,"value":…}`, of the
 * partitions listed in `partitions`, for the replica that asks to put them in order.
 * Errors: NO_RANGE_INDEX, BAD_RANGE (400: no bound, a bound of another type, `from` behind `to`), BAD_KEY, BAD_CURSOR, and those
 * of any read; a partition that cannot be read makes the whole page an error, never a shorter one.
 *
 * **Mixed topics.** A record is misplaced if its partition is not the one that Java's default partitioner
 * chooses for its key. A topic with misplaced records is mixed: a key can be in any partition, or in several.
 * The current record of a key is the last one by offset within a partition. Between partitions it is the one with
 * the greater timestamp, then the one in the greater partition. In an immutable topic the first record counts: the one
 * with the smaller timestamp, then the one in the smaller partition. Removals take part. `MIXED_HEADER` is `?1`
 * on answers about the keys of a mixed topic.
 *
 * In arrays a line feed stands before every comma and bracket (`[\n1\n,null\n]`), and nowhere else
 * in an answer, so that a reader can split it without parsing.
 */
export const MIN_POSITION_HEADER = 'x-quick-min-position';
/** Position applied by the partition that answered, in the form of `printPosition`. */
export const POSITION_HEADER = 'x-quick-position';
/** Records between the answer and the end of its partition, as far as the mirror knows. */
export const LAG_HEADER = 'x-quick-lag';
/** Where the record lies that one key is answered with, and its time in milliseconds since the epoch. */
export const RECORD_PARTITION_HEADER = 'x-kafka-partition';
export const RECORD_OFFSET_HEADER = 'x-kafka-offset';
export const RECORD_TIMESTAMP_HEADER = 'x-kafka-timestamp';
/**
 * `?1` if the topic is mixed. Answers to `keys:locate` and `partitions` have `?0` otherwise, other answers
 * do not have the header then.
 */
export const MIXED_HEADER = 'x-quick-mixed';
/** On pages of lists: how many partitions the topic has, which may have got more since the caller asked. */
export const PARTITIONS_HEADER = 'x-quick-partitions';
/**
 * Set on a request that one replica passes on to another: it is not passed on again. Its value is the number
 * of partitions by which the first replica placed the keys.
 */
export const FORWARDED_HEADER = 'x-quick-forwarded';
/** `?1` on an answer that came through another replica: the caller's partition table is old. */
export const CACHE_UPDATE_HEADER = 'x-cache-update';

export const BATCH_KEYS_MAX = 500;
export const PAGE_ITEMS_MAX = 1000;
/** Values of one page of a range. */
export const RANGE_ITEMS_MAX = 1000;
/** Where no `limit` is given. */
export const RANGE_ITEMS_DEFAULT = 100;

export function keyPath(topic: string, key: string): string {
  return `/topics/${encodeURIComponent(topic)}/keys/${encodeURIComponent(key)}`;
}

export function batchPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/keys:batchGet`;
}

export function offsetsPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/keys:offsets`;
}

export function locatePath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/keys:locate`;
}

export function listPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/keys`;
}

export function rangePath(topic: string, key: string): string {
  return `/topics/${encodeURIComponent(topic)}/range/${encodeURIComponent(key)}`;
}

export function partitionsPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/partitions`;
}

/** Partition number to the addresses (`host:port`) of its owners. */
export type PartitionOwners = Readonly<Record<string, readonly string[]>>;

/** A partition that has a key. In a topic that is not mixed, removals leave no trace. */
export interface KeyPlaceForm {
  readonly partition: number;
  /** Of the newest record there (in an immutable topic of the first), as decimal text. */
  readonly offset: string;
  /** Milliseconds since the epoch; null if the record has none. */
  readonly timestamp: number | null;
  /** True if that record is a removal; left out otherwise. */
  readonly removed?: true;
}

export type PartitionState =
  | 'starting'
  | 'restoring'
  | 'serving'
  | 'stalled'
  | 'topic-gone'
  | 'topic-recreated'
  | 'failed';

export interface PartitionStatus {
  readonly partition: number;
  readonly state: PartitionState;
  /** The next offset to apply, as decimal text: offsets exceed what a JSON number can hold. */
  readonly nextOffset: string;
  /** The end as last seen, as decimal text. */
  readonly endOffset: string;
  readonly lagRecords: string;
  /** Records that could not be decoded and were passed over. */
  readonly poisonRecords: number;
  /**
   * Of what was loaded in sorted runs, about how many records are still in them: 0 once all are where
   * lookups cost least. A mirror of an older version does not say.
   */
  readonly unsettledRecords?: number;
  /**
   * In a topic with a range field: records that stand in no range, because what they are ordered by
   * is missing or of another type.
   */
  readonly unindexedRecords?: number;
  /**
   * Records of the present generation whose key belongs into another partition by Java's default
   * partitioner. A mirror of an older version does not report them.
   */
  readonly misplacedRecords?: number;
  readonly detail?: string;
}

export interface TopicStatus {
  readonly topic: string;
  readonly topicId: string | null;
  readonly partitions: readonly PartitionStatus[];
  /**
   * Ids that the schema registry gives to other schemas than earlier records of the topic were read
   * with, or has no more: records that name them are poison. Left out where there are none.
   */
  readonly changedSchemas?: readonly number[];
  /** Whether the topic is mixed, as far as this replica knows. */
  readonly mixed?: boolean;
  /** Of the partitions of this replica. */
  readonly misplacedRecords?: number;
  /** What a mixed topic means, as a sentence; left out otherwise. */
  readonly placement?: string;
}

export interface MirrorStatus {
  readonly ordinal: number;
  readonly replicas: number;
  readonly topics: readonly TopicStatus[];
}
