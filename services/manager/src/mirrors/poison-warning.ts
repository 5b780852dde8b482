import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';

/** At most one warning. The copies of a partition are counted once. */
export function poisonWarnings(topic: string, reports: readonly PartitionStatus[]): string[] {
  const partitions = new Map<number, PartitionStatus>();
  for (const report of reports) {
    if (report.poisonRecords > (partitions.get(report.partition)?.poisonRecords ?? 0)) {
      partitions.set(report.partition, report);
    }
  }
  const counts = [...partitions.values()].map(({ poisonRecords }) => poisonRecords);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    return [];
  }
  const subject = total === 1 ? '1 record' : `${total} records`;
  return [
    `Skipped ${subject} of topic ${topic}, so lookups lack them.${latestText([...partitions.values()])} For the list, run: quick mirror poison ${topic}`,
  ];
}

/** Empty if the mirrors are of an older version, which reports no single record. */
function latestText(reports: readonly PartitionStatus[]): string {
  const [latest] = reports
    .flatMap(({ partition, lastPoison }) => (lastPoison ? [{ partition, ...lastPoison }] : []))
    .toSorted((one, other) => (other.timestamp ?? -1) - (one.timestamp ?? -1));
  return latest === undefined
    ? ''
    : ` The latest is at offset ${latest.offset} of partition ${latest.partition}: ${latest.reason}, ${latest.detail}`;
}
