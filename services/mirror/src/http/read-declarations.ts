import type { RouteDeclaration } from '@quicksilver/common/http/route-declaration';
import {
  BATCH_KEYS_MAX,
  PAGE_ITEMS_MAX,
  PARTITIONS_HEADER,
  RANGE_ITEMS_DEFAULT,
  RANGE_ITEMS_MAX,
  RECORD_OFFSET_HEADER,
  RECORD_PARTITION_HEADER,
  RECORD_TIMESTAMP_HEADER,
  type KeyPlaceForm,
} from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

import {
  flag,
  freshnessHeaders,
  key,
  KEY_ERRORS,
  KEY_LIST_ERRORS,
  READ_ERRORS,
  readHeaders,
  TOPIC_ERRORS,
  topicParams,
} from './declaration-parts.ts';

const next = z.string().nullable().describe('The cursor of the next page. Null on the last page.');

export const recordHeaders = freshnessHeaders.extend({
  etag: z.string().optional().describe('Identifies the record, for If-None-Match.'),
  [RECORD_PARTITION_HEADER]: z.string().optional().describe('The partition of the record.'),
  [RECORD_OFFSET_HEADER]: z.string().optional().describe('The offset of the record.'),
  [RECORD_TIMESTAMP_HEADER]: z
    .string()
    .optional()
    .describe('The time of the record in milliseconds since the epoch.'),
});

export const keyHeaders = readHeaders.extend({
  'if-none-match': z
    .string()
    .optional()
    .describe('The ETag of an earlier response. The response is 304 if the record is the same.'),
});

export const GET_KEY: RouteDeclaration = {
  method: 'GET',
  right: 'read',
  path: '/topics/{topic}/keys/{key}',
  summary: 'Returns the latest value of a key.',
  tag: 'keys',
  params: topicParams.extend({ key }),
  headers: keyHeaders,
  answers: {
    200: { description: 'The value.', schema: z.unknown(), headers: recordHeaders },
    304: {
      description: 'The key still has the record of If-None-Match.',
      headers: recordHeaders,
    },
  },
  errors: [...READ_ERRORS, ...KEY_ERRORS, 'KEY_NOT_FOUND'],
};

export const keyList = z
  .array(z.unknown())
  .min(1)
  .max(BATCH_KEYS_MAX)
  .describe('Keys as JSON, of the key type of the topic.');

const batch = {
  method: 'POST',
  right: 'read',
  tag: 'keys',
  params: topicParams,
  headers: readHeaders,
  body: keyList,
  errors: [...READ_ERRORS, ...KEY_LIST_ERRORS],
  example: ['QSR', 'NOPE'],
} as const;

export const GET_VALUES: RouteDeclaration = {
  ...batch,
  path: '/topics/{topic}/keys:batchGet',
  summary: 'Returns the latest values of several keys. They are not one snapshot.',
  answers: {
    200: {
      description: 'The values in the order of the keys, with null for a missing key.',
      schema: z.array(z.unknown()),
      headers: freshnessHeaders,
    },
  },
};

export const GET_OFFSETS: RouteDeclaration = {
  ...batch,
  path: '/topics/{topic}/keys:offsets',
  summary: 'Returns the offsets of the current records of several keys.',
  answers: {
    200: {
      description: 'The offsets in the order of the keys, with null for a missing key.',
      schema: z.array(z.number().meta({ type: 'integer', format: 'int64', minimum: 0 }).nullable()),
      headers: freshnessHeaders,
    },
  },
};

const keyPlace: z.ZodType<KeyPlaceForm> = z
  .object({
    partition: z.int().min(0),
    offset: z
      .string()
      .describe('Offset of the newest record, in an immutable topic of the first. Decimal text.'),
    timestamp: z
      .number()
      .nullable()
      .describe('Milliseconds since the epoch. Null if the record has none.'),
    removed: z.literal(true).exactOptional().describe('Present if the record is a tombstone.'),
  })
  .meta({ id: 'KeyPlace' });

export const LOCATE_KEYS: RouteDeclaration = {
  ...batch,
  path: '/topics/{topic}/keys:locate',
  summary:
    'Returns the partitions that have each of several keys. In a topic that is not mixed, removed keys leave no trace.',
  answers: {
    200: {
      description:
        'For each key a list of partitions, that of the current record first. Empty if no partition has the key.',
      schema: z.array(z.array(keyPlace)),
      headers: freshnessHeaders,
    },
  },
};

export const LIST_KEYS: RouteDeclaration = {
  method: 'GET',
  right: 'read',
  path: '/topics/{topic}/keys',
  summary:
    'Returns a page of all keys with their values, by partition and then in the order of keys. A page can end before its limit.',
  tag: 'lists',
  params: topicParams,
  query: z.object({
    limit: z
      .int()
      .min(1)
      .max(PAGE_ITEMS_MAX)
      .default(PAGE_ITEMS_MAX)
      .describe('The greatest number of items of the page.'),
    cursor: z
      .string()
      .optional()
      .describe('next of the previous page, or the cursor of an item. The page starts behind it.'),
    cursors: flag(false).describe('true: each item has its cursor in place of its key.'),
    partitions: z
      .string()
      .optional()
      .describe('The partitions to list, separated by commas, such as 0,2. All if it is absent.'),
  }),
  headers: readHeaders,
  answers: {
    200: {
      description: 'A page of the list.',
      schema: z.object({
        items: z.array(
          z.union([
            z.object({ key: z.unknown(), value: z.unknown() }),
            z.object({ cursor: z.string(), value: z.unknown() }),
          ]),
        ),
        next,
      }),
      headers: freshnessHeaders.extend({
        [PARTITIONS_HEADER]: z.string().describe('The number of partitions of the topic.'),
      }),
    },
  },
  errors: [...READ_ERRORS, 'BAD_CURSOR'],
};

const rangeKey = z.string().meta({
  description:
    'The key, or in a topic with a range key a value of that field: a number, true, false, or else text.',
  examples: ['car-7'],
});

export const rangeParams = z.object({ key: rangeKey });

/** The parameters that define a range. */
export const rangeQuery = z.object({
  from: z
    .string()
    .optional()
    .meta({
      description: 'The lower bound in the type of the range field. One of both can be absent.',
      examples: ['2026-01-01T00:00:00Z'],
    }),
  to: z
    .string()
    .optional()
    .meta({
      description: 'The upper bound in the type of the range field.',
      examples: ['2026-02-01T00:00:00Z'],
    }),
  includeFrom: flag(true).describe('Whether the range includes from.'),
  includeTo: flag(false).describe('Whether the range includes to.'),
  reverse: flag(false).describe('true: the greatest value comes first.'),
  keyForm: z
    .literal('json')
    .optional()
    .describe('json: the key of the path is JSON, so that any key can be expressed.'),
  after: z
    .string()
    .optional()
    .describe('The cursor of an item of the same key and bounds. Only items behind it.'),
  before: z
    .string()
    .optional()
    .describe('The cursor of an item of the same key and bounds. Only items before it.'),
});

export const GET_RANGE: RouteDeclaration = {
  method: 'GET',
  right: 'read',
  path: '/topics/{topic}/range/{key}',
  summary:
    'Returns a page of the versions of one key in the order of the range field of the topic. The range is half-open, from ≤ value < to, unless parameters change that.',
  tag: 'ranges',
  params: topicParams
    .extend({
      topic: z.string().meta({ description: 'The name of the topic.', examples: ['positions'] }),
    })
    .extend(rangeParams.shape),
  query: rangeQuery.extend({
    limit: z
      .int()
      .min(1)
      .max(RANGE_ITEMS_MAX)
      .default(RANGE_ITEMS_DEFAULT)
      .describe('The greatest number of items of the page.'),
    cursor: z
      .string()
      .optional()
      .describe('next of the previous page, with all other parameters unchanged.'),
    cursors: flag(false).describe('true: each item is an object with its cursor and its value.'),
  }),
  headers: readHeaders,
  answers: {
    200: {
      description: 'A page of the range. If one partition cannot be read, it is an error.',
      schema: z.object({ items: z.array(z.unknown()), next }),
      headers: freshnessHeaders,
    },
  },
  errors: [...READ_ERRORS, 'BAD_CURSOR', 'BAD_KEY', 'BAD_RANGE', 'NO_RANGE_INDEX'],
};

export const GET_PARTITIONS: RouteDeclaration = {
  method: 'GET',
  right: 'read',
  path: '/topics/{topic}/partitions',
  summary: 'Returns the owners of each partition of a topic.',
  tag: 'topics',
  params: topicParams,
  answers: {
    200: {
      description: 'For each partition the addresses of its owners, the first owner first.',
      schema: z.record(z.string(), z.array(z.string())),
      headers: freshnessHeaders.pick({ 'x-quick-mixed': true }),
    },
  },
  errors: TOPIC_ERRORS,
};
