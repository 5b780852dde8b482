import type { LastPoison, SkippedEntry } from '@quicksilver/contracts/mirror-api/contract';
import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { SkippedRecord } from '../store/ports.ts';
import type { PoisonLog } from './poison-log.ts';

export type Reason = Pick<SkippedRecord, 'reason' | 'detail'>;

/** Keys and values are kept up to this length. */
export const EXCERPT_BYTES_MAX = 1_024;
const DETAIL_MAX = 300;

export function skippedRecord(
  { offset, timestamp, key, value }: KafkaRecord,
  { reason, detail }: Reason,
): SkippedRecord {
  return {
    offset,
    timestamp,
    reason,
    detail: detail.slice(0, DETAIL_MAX).toWellFormed(),
    key: excerpt(key),
    value: excerpt(value),
  };
}

export function skippedEntry(
  topic: string,
  partition: number,
  { offset, timestamp, reason, detail, key, value }: SkippedRecord,
): SkippedEntry {
  return {
    topic,
    partition,
    offset: String(offset),
    timestamp: timeOf(timestamp),
    reason,
    detail,
    key: key && key.toString('base64'),
    value: value && value.toString('base64'),
  };
}

/** The listed poison records of these partitions, the oldest first. */
export function poisonEntries(
  topic: string,
  partitions: readonly { readonly partition: number; readonly poison: PoisonLog }[],
): SkippedEntry[] {
  return partitions
    .flatMap(({ partition, poison }) => poison.list().map((record) => ({ partition, record })))
    .toSorted((one, other) => Number(one.record.timestamp - other.record.timestamp))
    .map(({ partition, record }) => skippedEntry(topic, partition, record));
}

/** The member of a status. Empty if there is no poison record. */
export function lastPoison(record: SkippedRecord | undefined): { lastPoison?: LastPoison } {
  if (record === undefined) {
    return {};
  }
  const { offset, timestamp, reason, detail } = record;
  return { lastPoison: { offset: String(offset), timestamp: timeOf(timestamp), reason, detail } };
}

function timeOf(timestamp: bigint): number | null {
  return timestamp < 0n ? null : Number(timestamp);
}

/** A copy, because the record's bytes are a part of a whole fetch. */
function excerpt(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes.subarray(0, EXCERPT_BYTES_MAX));
}
