import type { PartitionView } from '../apply/partition-state.ts';
import type { PoisonRecord } from '../store/ports.ts';
import type { StoredRecord } from '../store/value-layout.ts';
import type { HeldRecord } from './current-record.ts';
import type { TopicView } from './topic-view.ts';

/** For more partitions it is faster to read the index of the store first. */
const DIRECT_READS_MAX = 7;

/** The mixed partitions that may have the key. */
export function partitionsWith(
  { store, placement }: TopicView,
  mixed: readonly PartitionView[],
  stored: Buffer,
): readonly PartitionView[] {
  const indexed = mixed.length > DIRECT_READS_MAX ? store.placesOf(stored) : undefined;
  return indexed === undefined
    ? mixed
    : mixed.filter(
        ({ partition, poison }) =>
          indexed.includes(partition) ||
          placement.unindexed.has(partition) ||
          poison.newestOf(stored) !== undefined,
      );
}

export function unreadRecord(partition: number, record: PoisonRecord): HeldRecord {
  const { offset, timestamp } = record;
  const at = { partition, offset, timestamp };
  return { ...at, json: undefined, isRemoval: false, removedAt: undefined, isUnread: true };
}

export function heldRecord(
  partition: number,
  { offset, timestamp, json }: StoredRecord,
  removedAt: bigint | undefined,
): HeldRecord {
  const isRemoval = json.length === 0;
  const text = isRemoval ? undefined : json.toString('latin1');
  return { partition, offset, timestamp, json: text, isRemoval, removedAt };
}
