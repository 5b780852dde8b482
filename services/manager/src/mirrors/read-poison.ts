import { poisonPath, type SkippedEntry } from '@quicksilver/contracts/mirror-api/contract';
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
