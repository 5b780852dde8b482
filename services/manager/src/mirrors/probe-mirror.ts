import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

import type { AskReplica } from '../reconcile/ask-replica.ts';
import type { ProbeMirror } from './observe-mirror.ts';

/** Mirrors that share a process are probed together. One request serves all of them. */
const FRESH_MS = 300;

const lastRecord = z.object({
  offset: z.string(),
  timestamp: z.number().nullable(),
  reason: z.string(),
  detail: z.string(),
});

const mirrorStatus: z.ZodType<MirrorStatus> = z.object({
  ordinal: z.int(),
  replicas: z.int(),
  topics: z.array(
    z.object({
      topic: z.string(),
      topicId: z.string().nullable(),
      partitions: z.array(
        z.object({
          partition: z.int(),
          state: z.enum([
            'starting',
            'restoring',
            'serving',
            'stalled',
            'topic-gone',
            'topic-recreated',
            'failed',
          ]),
          nextOffset: z.string(),
          endOffset: z.string(),
          lagRecords: z.string(),
          poisonRecords: z.number(),
          lastPoison: lastRecord.exactOptional(),
          unsettledRecords: z.number().exactOptional(),
          unindexedRecords: z.number().exactOptional(),
          indexedRecords: z.number().exactOptional(),
          lastUnindexed: lastRecord.exactOptional(),
          nonconformingRecords: z.number().exactOptional(),
          misplacedRecords: z.number().exactOptional(),
          detail: z.string().exactOptional(),
        }),
      ),
      changedSchemas: z.array(z.number()).exactOptional(),
    }),
  ),
});

interface Probe {
  readonly at: number;
  readonly answer: Promise<MirrorStatus | undefined>;
}

/** Reads the status of replicas of mirrors. */
export function probeMirror(ask: AskReplica): ProbeMirror {
  const probes = new Map<string, Probe>();
  return (address) => {
    const now = performance.now();
    const recent = probes.get(address);
    if (recent !== undefined && now - recent.at < FRESH_MS) {
      return recent.answer;
    }
    for (const [other, { at }] of probes) {
      if (now - at > FRESH_MS) {
        probes.delete(other);
      }
    }
    const answer = ask(`http://${address}/status`, mirrorStatus);
    probes.set(address, { at: now, answer });
    return answer;
  };
}
