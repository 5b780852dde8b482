import type { Octets } from './octets.ts';

/** The newest record of a key in one partition; in an immutable topic the first. */
export interface HeldRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  /** Undefined for a tombstone, and if values are not read. */
  readonly json: Octets | undefined;
  readonly isRemoval: boolean;
  /**
   * In a topic with ranges: the time of the key's last tombstone in this partition, if there is
   * one.
   */
  readonly removedAt: bigint | undefined;
  /** True for a record that was skipped because it cannot be read. */
  readonly isUnread?: boolean;
}

/** Identifies a record, also across topics of the same name. */
export interface RecordIdentity {
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  /** At least the first characters of the id of its topic, as far as it is known. */
  readonly topicId: string | undefined;
}

/** The current record of a key. */
export interface FoundRecord extends HeldRecord {
  readonly json: Octets;
}

type RecordOrder = Pick<HeldRecord, 'partition' | 'offset' | 'timestamp' | 'isUnread'>;

/**
 * Orders the records of a key, the current one first. Offsets of two partitions have no order, so
 * the greater timestamp counts, then the greater partition. In an immutable topic the first record
 * counts, so the order is reversed.
 */
export function compareCurrency(
  one: RecordOrder,
  other: RecordOrder,
  isImmutable: boolean,
): number {
  const order =
    one.partition === other.partition
      ? compare(other.offset, one.offset)
      : compare(other.timestamp, one.timestamp) || other.partition - one.partition;
  return isImmutable ? -order : order;
}

/** Of the records that could be read. Undefined if no partition has the key. */
export function currentOf<T extends RecordOrder>(
  records: readonly T[],
  isImmutable: boolean,
): T | undefined {
  return firstOf(
    records.filter(({ isUnread }) => isUnread !== true),
    isImmutable,
  );
}

/**
 * The skipped record that would be the current one. In an immutable topic it matters only if no
 * record could be read.
 */
export function unreadOf<T extends RecordOrder>(
  records: readonly T[],
  isImmutable: boolean,
): T | undefined {
  if (!records.some(({ isUnread }) => isUnread === true)) {
    return undefined;
  }
  if (isImmutable && currentOf(records, true) !== undefined) {
    return undefined;
  }
  const first = firstOf(records, isImmutable);
  return first?.isUnread === true ? first : undefined;
}

function firstOf<T extends RecordOrder>(
  records: readonly T[],
  isImmutable: boolean,
): T | undefined {
  let current: T | undefined;
  for (const record of records) {
    if (current === undefined || compareCurrency(record, current, isImmutable) < 0) {
      current = record;
    }
  }
  return current;
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other);
}
