import {
  POISON_RETRY_WAIT_MS,
  poisonPath,
  poisonRetryPath,
  type RereadPartition,
  type SkippedEntry,
} from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

import type { AskReplica } from '../reconcile/ask-replica.ts';

export const skippedRecord: z.ZodType<SkippedEntry> = z.object({
  topic: z.string(),
  partition: z.int(),
  offset: z.string().describe('As decimal text.'),
  timestamp: z
    .number()
    .nullable()
    .describe("The record's time in milliseconds since the epoch. Null if it has none."),
  reason: z.string(),
  detail: z.string(),
  key: z.string().nullable().describe('The first kilobyte in base64. Null if there is no key.'),
  value: z.string().nullable().describe('The first kilobyte in base64. Null if there is no value.'),
});

/** Reads what a replica lists. Resolves to undefined if the replica does not respond in time. */
export type ReadPoison = (
  address: string,
  topic: string,
) => Promise<readonly SkippedEntry[] | undefined>;

export function readPoisonWith(ask: AskReplica): ReadPoison {
  const form = z.object({ items: z.array(skippedRecord) });
  return async (address, topic) =>
    (await ask(`http://${address}${poisonPath(topic)}`, form))?.items;
}

export const rereadPartition: z.ZodType<RereadPartition> = z.object({
  partition: z.int(),
  read: z.int().describe('Records that are no longer poison.'),
  left: z.int().describe('Records that are still poison.'),
  isFinished: z
    .boolean()
    .describe(
      'False if the partition does not serve, or if Kafka or the schema registry does not respond.',
    ),
});

/**
 * Reads the poison records of a replica again. Resolves to undefined if the replica has not
 * responded in time, or if it continues behind its response.
 */
export type RetryPoison = (
  address: string,
  topic: string,
) => Promise<readonly RereadPartition[] | undefined>;

export function retryPoisonWith(ask: AskReplica): RetryPoison {
  const form = z.object({ partitions: z.array(rereadPartition) });
  const how = { method: 'POST', deadlineMs: POISON_RETRY_WAIT_MS + 2_000 } as const;
  return async (address, topic) =>
    (await ask(`http://${address}${poisonRetryPath(topic)}`, form, how))?.partitions;
}

/** Results of several replicas as one. Of copies of a partition, the one with the most left. */
export function mergeReread(lists: readonly (readonly RereadPartition[])[]): RereadPartition[] {
  const partitions = new Map<number, RereadPartition>();
  for (const result of lists.flat()) {
    const before = partitions.get(result.partition);
    if (before === undefined || result.left > before.left || !result.isFinished) {
      partitions.set(result.partition, result);
    }
  }
  return [...partitions.values()].toSorted((one, other) => one.partition - other.partition);
}

/** Lists of several replicas as one, the oldest first. Copies of a partition count once. */
export function mergePoison(lists: readonly (readonly SkippedEntry[])[]): SkippedEntry[] {
  const records = new Map<string, SkippedEntry>();
  for (const record of lists.flat()) {
    records.set(`${record.partition}:${record.offset}`, record);
  }
  return [...records.values()].toSorted(
    (one, other) => (one.timestamp ?? -1) - (other.timestamp ?? -1),
  );
}
