import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import {
  AGE_HEADER,
  CACHE_UPDATE_HEADER,
  LAG_HEADER,
  MIN_POSITION_HEADER,
  MIXED_HEADER,
  POSITION_HEADER,
  SKIPPED_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

// Parts that the declarations of several routes share.

export const topicParams = z.object({
  topic: z.string().meta({ description: 'The name of the topic.', examples: ['airports'] }),
});

export const key = z.string().meta({
  description: 'The key as one percent-encoded segment. docs/types.md has the forms.',
  examples: ['QSR'],
});

export const readHeaders = z.object({
  [MIN_POSITION_HEADER]: z
    .string()
    .optional()
    .describe(
      'A position as a write returns it. The mirror waits until it has applied that position, QUICK_MIRROR_WAIT_MAX_MS at most.',
    ),
});

export const flag = (fallback: boolean) => z.boolean().default(fallback);

export const freshnessHeaders = z.object({
  [POSITION_HEADER]: z
    .string()
    .optional()
    .describe('The position that the mirror has applied, of each partition of the response.'),
  [LAG_HEADER]: z
    .string()
    .describe('Records between the response and the end of its partition, as far as known.'),
  [AGE_HEADER]: z
    .string()
    .optional()
    .describe('The greatest age of the response in milliseconds. Absent if it is unknown.'),
  [MIXED_HEADER]: z
    .enum(['?0', '?1'])
    .optional()
    .describe('?1: the topic is mixed, so a key can be in any partition.'),
  [SKIPPED_HEADER]: z
    .string()
    .optional()
    .describe(
      'The newest records of requested keys that could not be read, as partition:offset, 20 at most. The response has older values of these keys, or none.',
    ),
  [CACHE_UPDATE_HEADER]: z
    .literal('?1')
    .optional()
    .describe('The request was forwarded. Read the owners of the partitions again.'),
});

/** Errors of a topic that this mirror does not serve at the moment. */
export const TOPIC_ERRORS: readonly ErrorCode[] = [
  'INTERNAL_TOPIC',
  'KAFKA_UNAVAILABLE',
  'RESTORING',
  'TOPIC_NOT_FOUND',
];

export const READ_ERRORS: readonly ErrorCode[] = [
  ...TOPIC_ERRORS,
  'BAD_POSITION',
  'MIRROR_UNAVAILABLE',
  'OVERLOADED',
  'POSITION_NOT_REACHED',
  'STALE',
  'STORE_UNAVAILABLE',
  'TOPIC_RECREATED',
  'UNREADABLE_RECORD',
  'UPSTREAM_BAD_RESPONSE',
  'UPSTREAM_TIMEOUT',
  'WRONG_OWNER',
];

export const KEY_ERRORS: readonly ErrorCode[] = ['BAD_KEY', 'INVALID_UNICODE'];

/** Errors of a JSON array of keys. */
export const KEY_LIST_ERRORS: readonly ErrorCode[] = [
  'BODY_REQUIRED',
  'EMPTY_BATCH',
  'INVALID_UNICODE',
  'INVALID_UTF8',
  'MALFORMED_JSON',
  'OUT_OF_RANGE',
  'TOO_DEEP',
  'TOO_MANY_ITEMS',
  'TYPE_MISMATCH',
];
