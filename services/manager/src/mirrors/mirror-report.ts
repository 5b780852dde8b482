import type {
  PartitionSize,
  PartitionStatus,
  TopicSize,
} from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

export const mirrorReport = z
  .object({
    servingPartitions: z.int(),
    lagRecords: z
      .string()
      .describe('Records of the topic that are still to be read, as decimal text.'),
    poisonRecords: z.int().describe('Records that could not be decoded and were skipped.'),
    unindexedRecords: z.int().exactOptional().describe('Records without a range.'),
    nonconformingRecords: z
      .int()
      .exactOptional()
      .describe('Records whose value does not have the type of the topic.'),
    misplacedRecords: z
      .int()
      .exactOptional()
      .describe("Records in another partition than Java's default partitioner chooses."),
    keys: z.int().exactOptional(),
    versions: z.int().exactOptional().describe('Versions in the range index, if there is one.'),
    isExact: z
      .boolean()
      .exactOptional()
      .describe('False if the numbers of keys and versions are estimates.'),
    storeBytes: z.int().exactOptional().describe('Bytes of the store on disk, in all replicas.'),
    memoryBytes: z
      .int()
      .exactOptional()
      .describe('Resident memory of the processes of all replicas, which other mirrors may share.'),
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
    poisonRecords: all.reduce((sum, { poisonRecords }) => sum + poisonRecords, 0),
    ...Object.fromEntries(counts),
  };
}

/** The sizes of all replicas as one. Of the copies of a partition the largest counts. */
export function sizeOf(sizes: readonly TopicSize[]): Partial<MirrorReport> {
  if (sizes.length === 0) {
    return {};
  }
  const partitions = new Map<number, PartitionSize>();
  for (const size of sizes.flatMap((each) => each.partitions)) {
    if (size.keys >= (partitions.get(size.partition)?.keys ?? 0)) {
      partitions.set(size.partition, size);
    }
  }
  const all = [...partitions.values()];
  const sum = (counts: readonly number[]): number => counts.reduce((one, other) => one + other, 0);
  const versions = all.flatMap((size) => size.versions ?? []);
  return {
    keys: sum(all.map(({ keys }) => keys)),
    ...(versions.length === 0 ? {} : { versions: sum(versions) }),
    isExact: all.every(({ isExact }) => isExact),
    storeBytes: sum(sizes.map(({ storeBytes }) => storeBytes)),
    memoryBytes: sum(sizes.map(({ memoryBytes }) => memoryBytes)),
  };
}
