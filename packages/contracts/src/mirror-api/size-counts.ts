import { z } from 'zod';

import { badAnswer } from './mirror-error.ts';

/** What mirrors count in a topic. A large topic is estimated. */
export interface TopicCounts {
  readonly keys: number;
  /** Versions in the range index. 0 if the topic has no range field. */
  readonly versions: number;
}

const sizeForm = z.object({
  partitions: z.array(
    z.object({
      partition: z.int().min(0),
      keys: z.number().min(0),
      versions: z.number().min(0).optional(),
    }),
  ),
});

/**
 * The counts of these partitions in the response of one replica. Throws
 * `AppError('UPSTREAM_BAD_RESPONSE')`, also if it does not have all of them.
 */
export function parseSize(topic: string, body: string, partitions: readonly number[]): TopicCounts {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw badAnswer(topic, 'its size is not JSON.');
  }
  const read = sizeForm.safeParse(json);
  const counted = (read.data?.partitions ?? []).filter(({ partition }) =>
    partitions.includes(partition),
  );
  if (counted.length !== partitions.length) {
    throw badAnswer(topic, `its size does not have the partitions ${partitions.join(', ')}.`);
  }
  return totalSize(counted);
}

/** The counts of all parts of a topic together. */
export function totalSize(
  parts: readonly { readonly keys: number; readonly versions?: number | undefined }[],
): TopicCounts {
  return {
    keys: parts.reduce((sum, { keys }) => sum + keys, 0),
    versions: parts.reduce((sum, { versions = 0 }) => sum + versions, 0),
  };
}
