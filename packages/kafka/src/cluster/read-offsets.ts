import { AppError } from '@quicksilver/common/errors/app-error';
import { Backoff } from '@quicksilver/common/flow/backoff';

import type { WhichOffset } from '../ports.ts';
import type { Cluster } from './cluster.ts';
import { topicMetadata } from './describe-topic.ts';
import { KAFKA_CODE, nameOfCode } from './kafka-code.ts';
import { LimitReached, pauseWithin, type Limit } from './limit.ts';

export interface OffsetsRequest {
  readonly topic: string;
  readonly which: WhichOffset;
}

/**
 * Fetches the first or last offsets of all partitions from their leaders. Retries a partition whose
 * leader is moving until the limit.
 */
export async function readOffsets(
  cluster: Cluster,
  request: OffsetsRequest,
  limit: Limit,
): Promise<ReadonlyMap<number, bigint>> {
  const backoff = new Backoff({ firstMs: 20, maxMs: 500 });
  for (;;) {
    const attempt = await readOnce(cluster, request, limit);
    if (attempt.problem === undefined) {
      return attempt.offsets;
    }
    if (!(await pauseWithin(limit, backoff.next()))) {
      throw cluster.asUnavailable(attempt.problem, limit.signal);
    }
  }
}

interface Attempt {
  readonly offsets: ReadonlyMap<number, bigint>;
  readonly problem: unknown;
}

async function readOnce(cluster: Cluster, request: OffsetsRequest, limit: Limit): Promise<Attempt> {
  const { topic } = request;
  const metadata = await topicMetadata(cluster, topic, limit);
  if (metadata === undefined) {
    throw new AppError('TOPIC_NOT_FOUND', `Topic '${topic}' does not exist.`);
  }
  const byLeader = Map.groupBy(metadata.leaders.keys(), (partition) => {
    return metadata.leaders.get(partition) ?? -1;
  });
  const offsets = new Map<number, bigint>();
  let problem: unknown;
  await Promise.all(
    [...byLeader].map(async ([leader, partitions]) => {
      try {
        const answers = await cluster.broker(
          'offsets',
          leader,
          (to) => to.listOffsets({ ...request, partitions }),
          limit,
        );
        for (const { partition, errorCode, offset } of answers) {
          offsets.set(partition, offset);
          if (errorCode !== KAFKA_CODE.NONE) {
            problem = new Error(`partition ${partition} returned ${nameOfCode(errorCode)}`);
          }
        }
      } catch (error) {
        if (error instanceof LimitReached || limit.signal?.aborted === true) {
          throw cluster.asUnavailable(error, limit.signal);
        }
        problem = error;
      }
    }),
  );
  return { offsets, problem };
}
