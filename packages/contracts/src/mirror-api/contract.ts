/**
 * The contract between mirror and gateway: paths, headers and bodies of the mirror's REST API.
 * `docs/spec/mirror.md` describes it.
 *
 * - `GET /topics/{topic}/keys/{key}`: the value's JSON, or 404 KEY_NOT_FOUND. 304 if
 *   `If-None-Match` has its `ETag`.
 * - `POST /topics/{topic}/keys:batchGet` with a JSON array of keys: a JSON array in the same
 *   order, with `null` for a missing key.
 * - `POST /topics/{topic}/keys:offsets` with a JSON array of keys: a JSON array of the offsets of
 *   their current records, with `null` for a missing key.
 * - `POST /topics/{topic}/keys:locate` with a JSON array of keys: a JSON array with a list of
 *   `KeyPlaceForm` for each key, the current one first. `[]` if no partition has the key.
 * - `GET /topics/{topic}/keys?limit=&cursor=&partitions=`:
 *   `{"items":[{"key":…,"value":…},…],"next":cursor or null}`, of all partitions or of a list such
 *   as `0,2`.
 * - The same with `&cursors=true`: `{"items":[{"cursor":…,"value":…},…],"next":…}`. A list
 *   continues behind the cursor of an item, even if that item no longer exists.
 * - `GET /topics/{topic}/range/{key}?from=&to=&…`: `{"items":[value,…],"next":cursor or null}`,
 *   as described below.
 * - `GET /topics/{topic}/partitions`: for each partition the `host:port` of its owners, first owner
 *   first. `MIXED_HEADER` shows whether the topic is mixed.
 * - `GET /status`: `MirrorStatus`.
 *
 * **Ranges.** The values of one key in the order of the topic's range field, half-open `[from,to)`
 * by default. `from` and `to` are texts of the index's type (`RangeType`). One of them may be
 * omitted. `includeFrom` and `includeTo` (`true` or `false`) change the bounds. `reverse=true`
 * starts at the end. `limit` is 1 to `RANGE_ITEMS_MAX`. `cursor` continues after the previous page,
 * with all other parameters unchanged.
 *
 * In a topic with a range key, `{key}` is a value of that field: a number, `true`, `false`, or else
 * text. With `keyForm=json` the key is JSON, so that any key can be expressed. With `cursors=true`
 * each item is `{"cursor":…,"value":…}`. The cursor of an item is valid for the same key and bounds
 * in either direction: `after` and `before` select the items between two items.
 *
 * The items of a forwarded range (`FORWARDED_HEADER`) are `{"at":place,"value":…}`, of the
 * partitions in `partitions`. The forwarding replica puts them in order.
 *
 * The errors are NO_RANGE_INDEX, BAD_RANGE (400: no bound, a bound of another type, `from` behind
 * `to`), BAD_KEY, BAD_CURSOR, and those of any read. If one partition cannot be read, the whole
 * page is an error, never a shorter page.
 *
 * **Mixed topics.** A record is misplaced if its partition is not the one that Java's default
 * partitioner chooses for its key. A topic with misplaced records is mixed: a key can be in any
 * partition, or in several. The current record of a key is the last one by offset within a
 * partition. Between partitions it is the one with the greater timestamp, then the one in the
 * greater partition. In an immutable topic the first record counts: the one with the smaller
 * timestamp, then the one in the smaller partition. Tombstones count as records. `MIXED_HEADER` is
 * `?1` on responses about the keys of a mixed topic.
 *
 * In arrays a line feed precedes every comma and bracket (`[\n1\n,null\n]`), and occurs nowhere
 * else in a response, so that a reader can split it without parsing.
 */
export const MIN_POSITION_HEADER = 'x-quick-min-position';
/** Position that the responding partition has applied, in the form of `printPosition`. */
export const POSITION_HEADER = 'x-quick-position';
/** Records between the response and the end of its partition, as far as the mirror knows. */
export const LAG_HEADER = 'x-quick-lag';
/** Partition, offset and time (milliseconds since the epoch) of the record of a single key. */
export const RECORD_PARTITION_HEADER = 'x-kafka-partition';
export const RECORD_OFFSET_HEADER = 'x-kafka-offset';
export const RECORD_TIMESTAMP_HEADER = 'x-kafka-timestamp';
/**
 * `?1` if the topic is mixed. Otherwise responses of `keys:locate` and `partitions` have `?0`, and
 * other responses do not have the header.
 */
export const MIXED_HEADER = 'x-quick-mixed';
/**
 * On pages of lists: the number of partitions of the topic, which may have grown since the request.
 */
export const PARTITIONS_HEADER = 'x-quick-partitions';
/**
 * Set on a request that one replica forwards to another, which must not forward it again. Its value
 * is the number of partitions by which the first replica placed the keys.
 */
export const FORWARDED_HEADER = 'x-quick-forwarded';
/** `?1` on a forwarded response: the caller's partition table is old. */
export const CACHE_UPDATE_HEADER = 'x-cache-update';

export const BATCH_KEYS_MAX = 500;
export const PAGE_ITEMS_MAX = 1000;
/** Values of one page of a range. */
export const RANGE_ITEMS_MAX = 1000;
/** The default of `limit`. */
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

/** A partition that has a key. In a topic that is not mixed, removed keys leave no trace. */
export interface KeyPlaceForm {
  readonly partition: number;
  /** Offset of the newest record there (in an immutable topic of the first), as decimal text. */
  readonly offset: string;
  /** Milliseconds since the epoch; null if the record has none. */
  readonly timestamp: number | null;
  /** True if that record is a tombstone, absent otherwise. */
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
  /** The last known end, as decimal text. */
  readonly endOffset: string;
  readonly lagRecords: string;
  /** Records that could not be decoded and were skipped. */
  readonly poisonRecords: number;
  /**
   * Approximate number of records in sorted runs. 0 once all are at their final keys, for the
   * cheapest lookups. A mirror of an older version omits it.
   */
  readonly unsettledRecords?: number;
  /**
   * In a topic with a range field: records without a range, because their range field is missing or
   * of another type.
   */
  readonly unindexedRecords?: number;
  /** In a topic with a type: records whose value does not have it. They are served. */
  readonly nonconformingRecords?: number;
  /** Misplaced records of the current generation. A mirror of an older version omits it. */
  readonly misplacedRecords?: number;
  readonly detail?: string;
}

export interface TopicStatus {
  readonly topic: string;
  readonly topicId: string | null;
  readonly partitions: readonly PartitionStatus[];
  /**
   * Schema ids that now refer to a different schema than for earlier records of the topic, or to
   * none. Records with these ids are poison. Absent if there are none.
   */
  readonly changedSchemas?: readonly number[];
  /** Whether the topic is mixed, as far as this replica knows. */
  readonly mixed?: boolean;
  /** Misplaced records in the partitions of this replica. */
  readonly misplacedRecords?: number;
  /** A sentence about the effects of a mixed topic, absent otherwise. */
  readonly placement?: string;
}

export interface MirrorStatus {
  readonly ordinal: number;
  readonly replicas: number;
  readonly topics: readonly TopicStatus[];
}
