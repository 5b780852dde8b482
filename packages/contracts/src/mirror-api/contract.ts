/**
 * The contract between mirror and gateway: paths, headers and bodies of the mirror's REST API. The
 * declarations in `services/mirror/src/http` describe the routes, `docs/http-api.md` lists them,
 * and `docs/spec/mirror.md` has the rules.
 *
 * In arrays a line feed precedes every comma and bracket (`[\n1\n,null\n]`), and occurs nowhere
 * else in a response, so that a reader can split it without parsing.
 */
export const MIN_POSITION_HEADER = 'x-quick-min-position';
/** Position that the responding partition has applied, in the form of `printPosition`. */
export const POSITION_HEADER = 'x-quick-position';
/**
 * Records between the response and the end of its partition, as far as the mirror knows. Records
 * that an open transaction holds count.
 */
export const LAG_HEADER = 'x-quick-lag';
/**
 * Milliseconds since everything that was then in the partition is in the response. The response is
 * no older. Absent if the mirror has not reached an end of the partition since its start.
 */
export const AGE_HEADER = 'x-quick-age';
/** Partition, offset and time (milliseconds since the epoch) of the record of a single key. */
export const RECORD_PARTITION_HEADER = 'x-kafka-partition';
export const RECORD_OFFSET_HEADER = 'x-kafka-offset';
export const RECORD_TIMESTAMP_HEADER = 'x-kafka-timestamp';
/**
 * `partition:offset` of each newest record of a requested key that the mirror skipped, separated by
 * commas. Values of these keys are older, or missing. Absent if there are none.
 */
export const SKIPPED_HEADER = 'x-quick-skipped';
/**
 * `mark` on a batch request: a key whose newest record cannot be read, and whose mirror has the
 * poison policy `halt`, does not fail the batch. Its element is `!partition:offset`, which is not
 * JSON.
 */
export const UNREADABLE_HEADER = 'x-quick-unreadable';

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

export function poisonPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/poison`;
}

export function poisonRetryPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/poison:retry`;
}

/** The poison records of one partition after they were read again. */
export interface RereadPartition {
  readonly partition: number;
  /** Records that are no longer poison. */
  readonly read: number;
  /** Records that are still poison. */
  readonly left: number;
  /** False if the partition does not serve, or if Kafka or the schema registry does not respond. */
  readonly isFinished: boolean;
}

/** Milliseconds that the response waits for the retry, which continues behind it. */
export const POISON_RETRY_WAIT_MS = 10_000;

export function sizePath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/size`;
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

/** A record that was skipped, in no range or not of the topic's type. */
export interface SkippedEntry {
  readonly topic: string;
  readonly partition: number;
  /** As decimal text, because offsets exceed the numbers of JSON. */
  readonly offset: string;
  /** Milliseconds since the epoch; null if the record has none. */
  readonly timestamp: number | null;
  readonly reason: string;
  readonly detail: string;
  /** The first bytes of the record's key and value in base64. Null is Kafka's null. */
  readonly key: string | null;
  readonly value: string | null;
}

export interface LastPoison {
  /** As decimal text. */
  readonly offset: string;
  /** Milliseconds since the epoch; null if the record has none. */
  readonly timestamp: number | null;
  readonly reason: string;
  readonly detail: string;
}

export interface PartitionStatus {
  readonly partition: number;
  readonly state: PartitionState;
  /** The next offset to apply, as decimal text: offsets exceed what a JSON number can hold. */
  readonly nextOffset: string;
  /** The last known end of the log (the high watermark), as decimal text. */
  readonly endOffset: string;
  readonly lagRecords: string;
  /** Records of the current generation that could not be decoded and were skipped. */
  readonly poisonRecords: number;
  /** The latest of these records. Absent if there are none, and in a mirror of an older version. */
  readonly lastPoison?: LastPoison;
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
  /** In a topic with a range field: records with a range. A mirror of an older version omits it. */
  readonly indexedRecords?: number;
  /** The latest record without a range. Absent if there is none. */
  readonly lastUnindexed?: LastPoison;
  /** In a topic with a type: records that do not have it. They are served. */
  readonly nonconformingRecords?: number;
  /** Misplaced records of the current generation. A mirror of an older version omits it. */
  readonly misplacedRecords?: number;
  readonly detail?: string;
}

/** What a replica has of one partition. */
export interface PartitionSize {
  readonly partition: number;
  readonly keys: number;
  /** Versions in the range index. Absent without a range field. */
  readonly versions?: number;
  /** False if the counts are estimates, as in a topic with millions of keys. */
  readonly isExact: boolean;
}

export interface TopicSize {
  readonly topic: string;
  readonly partitions: readonly PartitionSize[];
  /** Bytes of the topic's store on disk. */
  readonly storeBytes: number;
  /** Resident memory of the process, which may have other topics too. */
  readonly memoryBytes: number;
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
