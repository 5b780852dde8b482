import type { PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

export const mirrorReport = z
  .object({
    servingPartitions: z.int(),
    lagRecords: z
      .string()
      .describe('Records of the topic that are still to be read, as decimal text.'),
    unindexedRecords: z.int().exactOptional().describe('Records without a range.'),
    nonconformingRecords: z
      .int()
      .exactOptional()
      .describe('Records whose value does not have the type of the topic.'),
    misplacedRecords: z
      .int()
      .exactOptional()
      .describe("Records in another partition than Java's default partitioner chooses."),
  })
  .meta({ id: 'MirrorReport' });

type MirrorReport = z.output<typeof mirrorReport>;

const COUNTS = ['unindexedRecords', 'nonconformingRecords', 'misplacedRecords'] as const;

/**
 * The sum over all partitions. Of the copies of a partition the one that has read most counts.
 * Undefined without any.
 */
export function reportOf(statuses: readonly PartitionStatus[]): MirrorReport | undefined {
  const partitions = new Map<number, PartitionStatus>();
  for (const status of statuses) {
    const other = partitions.get(status.partition);
    if (other === undefined || BigInt(status.nextOffset) > BigInt(other.nextOffset)) {
      partitions.set(status.partition, status);
    }
  }
  if (partitions.size === 0) {
    return undefined;
  }
  const all = [...partitions.values()];
  const serving = new Set(
    statuses.filter(({ state }) => state === 'serving').map(({ partition }) => partition),
  );
  const counts = COUNTS.flatMap((name) => {
    const known = all.map((status) => status[name]).filter((count) => count !== undefined);
    return known.length === 0 ? [] : [[name, known.reduce((sum, count) => sum + count, 0)]];
  });
  return {
    servingPartitions: serving.size,
    lagRecords: String(all.reduce((sum, { lagRecords }) => sum + BigInt(lagRecords), 0n)),
    ...Object.fromEntries(counts),
  };
}
