import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';

/** At most one warning about records without a range. Copies of a partition are counted once. */
export function rangeWarnings(topic: string, reports: readonly PartitionStatus[]): string[] {
  const partitions = new Map<number, PartitionStatus>();
  for (const report of reports) {
    if (
      (report.unindexedRecords ?? 0) > (partitions.get(report.partition)?.unindexedRecords ?? 0)
    ) {
      partitions.set(report.partition, report);
    }
  }
  const parts = [...partitions.values()];
  const unindexed = parts.reduce((sum, each) => sum + (each.unindexedRecords ?? 0), 0);
  const [latest] = parts
    .flatMap(({ partition, lastUnindexed }) =>
      lastUnindexed ? [{ partition, ...lastUnindexed }] : [],
    )
    .toSorted((one, other) => (other.timestamp ?? -1) - (one.timestamp ?? -1));
  if (unindexed === 0) {
    return [];
  }
  const hasRange = reports.some(({ indexedRecords = 1 }) => indexedRecords > 0);
  const subject = unindexed === 1 ? '1 record' : `${unindexed} records`;
  const what = hasRange
    ? `${subject} of topic ${topic} ${unindexed === 1 ? 'is' : 'are'} in no range.`
    : `No record of topic ${topic} is in a range, because none has the range field. Check the rangeField of the mirror.`;
  const where =
    latest === undefined
      ? ''
      : ` The latest is at offset ${latest.offset} of partition ${latest.partition}: ${latest.reason}, ${latest.detail}`;
  return [`${what}${where}`];
}
