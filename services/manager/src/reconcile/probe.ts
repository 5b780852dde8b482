import type { MirrorStatus } from '@quicksilver/contracts/mirror-api/contract';
import type { Log } from '@quicksilver/common/lifecycle/log';
import { request } from 'undici';
import { z } from 'zod';

import type { GatewayReport } from '../gateways/observe-gateway.ts';
import type { Probes } from './term.ts';

export interface ProbeOptions {
  /** The API key for each request, if services require keys. */
  readonly peerKey: () => { reveal(): string } | undefined;
  readonly log: Log;
}

const DEADLINE_MS = 1_000;
/** Mirrors that share a process are probed together. One request serves all of them. */
const FRESH_MS = 300;

const gatewayReport: z.ZodType<GatewayReport> = z.object({
  schemaVersion: z.int().nullable(),
  bindings: z.array(
    z.object({
      field: z.string(),
      topic: z.string(),
      state: z.enum(['ready', 'pending', 'invalid']),
      reason: z.string().exactOptional(),
    }),
  ),
  refused: z.object({ version: z.int(), reason: z.string() }).exactOptional(),
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
          unsettledRecords: z.number().exactOptional(),
          unindexedRecords: z.number().exactOptional(),
          nonconformingRecords: z.number().exactOptional(),
          misplacedRecords: z.number().exactOptional(),
          detail: z.string().exactOptional(),
        }),
      ),
      changedSchemas: z.array(z.number()).exactOptional(),
    }),
  ),
});

interface Probe<T> {
  readonly at: number;
  readonly answer: Promise<T | undefined>;
}

/** Probes replicas over HTTP. A replica that does not respond in time is not an error. */
export function httpProbes({ peerKey, log }: ProbeOptions): Probes {
  const mirrors = new Map<string, Probe<MirrorStatus>>();
  const ask = async <T>(url: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const key = peerKey();
    try {
      const { statusCode, body } = await request(url, {
        headers: key === undefined ? {} : { 'x-api-key': key.reveal() },
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      const read = schema.safeParse(await body.json());
      return statusCode === 200 ? read.data : undefined;
    } catch (error) {
      log.debug({ url, err: error }, 'a replica did not respond to a status probe');
      return undefined;
    }
  };
  return {
    gateway: (address) => ask(`http://${address}/control/status`, gatewayReport),
    mirror: (address) => {
      const now = performance.now();
      const recent = mirrors.get(address);
      if (recent !== undefined && now - recent.at < FRESH_MS) {
        return recent.answer;
      }
      for (const [other, { at }] of mirrors) {
        if (now - at > FRESH_MS) {
          mirrors.delete(other);
        }
      }
      const answer = ask(`http://${address}/status`, mirrorStatus);
      mirrors.set(address, { at: now, answer });
      return answer;
    },
  };
}
