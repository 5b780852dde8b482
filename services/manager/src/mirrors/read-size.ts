import { sizePath, type TopicSize } from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

import type { AskReplica } from '../reconcile/ask-replica.ts';

const topicSize: z.ZodType<TopicSize> = z.object({
  topic: z.string(),
  partitions: z.array(
    z.object({
      partition: z.int(),
      keys: z.number(),
      versions: z.number().exactOptional(),
      isExact: z.boolean(),
    }),
  ),
  storeBytes: z.number(),
  memoryBytes: z.number(),
});

/** Measures a topic in a replica. Resolves to undefined if the replica does not respond in time. */
export type ReadSize = (address: string, topic: string) => Promise<TopicSize | undefined>;

export function readSizeWith(ask: AskReplica): ReadSize {
  return (address, topic) => ask(`http://${address}${sizePath(topic)}`, topicSize);
}
