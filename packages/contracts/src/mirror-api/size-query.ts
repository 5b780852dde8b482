import { z } from 'zod';

import { sizePath, type TopicSize } from './contract.ts';
import { badAnswer } from './mirror-error.ts';
import { parseParameters, PARTITIONS, printParameters, type QueryOf } from './query-string.ts';

/** The parameters of a request for the size of a topic. */
export const SIZE_PARAMETERS = {
  /** Only these partitions; without it all that the replica owns. */
  partitions: PARTITIONS,
} as const;

export type SizeParameters = QueryOf<typeof SIZE_PARAMETERS>;

const sizeForm: z.ZodType<TopicSize> = z.object({
  keys: z.int().min(0),
  bytes: z.int().min(0),
  complete: z.boolean(),
});

/** Path and query of a request for the size of a topic. */
export function printSizeQuery(topic: string, query: SizeParameters): string {
  return `${sizePath(topic)}?${new URLSearchParams(printParameters(SIZE_PARAMETERS, query))}`;
}

/** Throws `AppError('BAD_REQUEST')`. */
export function parseSizeQuery(parameters: unknown): SizeParameters {
  return parseParameters(SIZE_PARAMETERS, parameters);
}

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')`. */
export function parseSize(topic: string, body: string): TopicSize {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw badAnswer(topic, 'its size is not JSON.');
  }
  const read = sizeForm.safeParse(json);
  if (!read.success) {
    throw badAnswer(topic, 'its size has no keys, bytes and complete.');
  }
  return read.data;
}

/** The size of all parts of a topic together. */
export function totalSize(parts: readonly TopicSize[]): TopicSize {
  return {
    keys: parts.reduce((keys, part) => keys + part.keys, 0),
    bytes: parts.reduce((bytes, part) => bytes + part.bytes, 0),
    complete: parts.every(({ complete }) => complete),
  };
}
