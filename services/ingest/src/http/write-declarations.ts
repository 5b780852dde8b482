import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { IDEMPOTENCY_KEY_HEADER } from '@quicksilver/common/http/idempotency-key';
import type { RouteDeclaration } from '@quicksilver/common/http/route-declaration';
import { POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

import { REPLAYED_HEADER } from './idempotent.ts';

const json = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.unknown()),
  z.record(z.string(), z.unknown()),
]);
const key = json.describe(
  'A key of the key type of the topic. Neither null nor empty. docs/types.md lists the forms.',
);
const record = z
  .object({
    key,
    value: json.describe('A value of the value type of the topic. Not null.'),
  })
  .meta({ id: 'NewRecord' });

const written = z
  .object({
    topic: z.string(),
    partition: z.int().min(0),
    offset: z.number().meta({ type: 'integer', format: 'int64', minimum: 0 }),
    outcome: z.literal('ok'),
  })
  .meta({ id: 'WrittenRecord' });
const failed = z
  .object({
    outcome: z
      .enum(['not_written', 'unknown'])
      .describe('unknown: the record was sent, but not acknowledged. It may be in the topic.'),
    errorCode: z.string().describe('A code of docs/errors.md.'),
    detail: z.string(),
  })
  .meta({ id: 'FailedRecord' });
const line = { line: z.int().min(1).describe('The number of the line in the request.') };
const results = z.object({ results: z.array(z.union([written, failed])) });
const allWritten = z.union([written, z.object({ results: z.array(written) })]);

const params = z.object({
  topic: z.string().meta({ description: 'The name of the topic.', examples: ['airports'] }),
});
const headers = z.object({
  [IDEMPOTENCY_KEY_HEADER]: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'A repeated request with this key gets the first response and is not run again. Not for NDJSON.',
    ),
});
const replayed = z
  .literal('true')
  .optional()
  .describe('Present if the response is repeated because of its Idempotency-Key.');
const answerHeaders = z.object({
  [POSITION_HEADER]: z
    .string()
    .optional()
    .describe(
      'The position of the write. A read with it as X-Quick-Min-Position includes the write.',
    ),
  [REPLAYED_HEADER]: replayed,
});

/** Of a mirror that is asked for the places of a key. */
const MIRROR_ERRORS: readonly ErrorCode[] = [
  'MIRROR_UNAVAILABLE',
  'RESTORING',
  'STALE',
  'STORE_UNAVAILABLE',
  'TOPIC_RECREATED',
  'UPSTREAM_BAD_RESPONSE',
  'UPSTREAM_TIMEOUT',
];
const WRITE_ERRORS: readonly ErrorCode[] = [
  ...MIRROR_ERRORS,
  'IDEMPOTENCY_IN_FLIGHT',
  'IDEMPOTENCY_MISMATCH',
  'INTERNAL_TOPIC',
  'KAFKA_UNAVAILABLE',
  'KEY_REQUIRED',
  'KEY_TOO_LARGE',
  'OVERLOADED',
  'READ_ONLY_TOPIC',
  'REGISTRY_UNAVAILABLE',
  'TOPIC_NOT_FOUND',
  'VALUE_TOO_LARGE',
  'WRITE_NOT_DONE',
  'WRITE_UNKNOWN',
];
const ITEM_ERRORS: readonly ErrorCode[] = [
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

const shared = { tag: 'records', right: 'write', params, headers } as const;

export const POST_RECORDS: RouteDeclaration = {
  ...shared,
  method: 'POST',
  path: '/{topic}',
  summary:
    'Writes a record, an array of records, or a stream with one record per line. All records of an array are checked before the first one is sent.',
  body: z.union([record, z.array(record).min(1)]),
  lines: record,
  answers: {
    201: { description: 'All records are written.', schema: allWritten, headers: answerHeaders },
    207: {
      description:
        'Some records of an array are written. For NDJSON, one line of outcome per line of the request.',
      schema: results,
      lines: z.union([written.extend(line), failed.extend(line)]),
      headers: answerHeaders,
    },
  },
  errors: [
    ...WRITE_ERRORS,
    ...ITEM_ERRORS,
    'KEY_EXISTS',
    'NOT_IMPLEMENTED',
    'NULL_VALUE',
    'SCHEMA_MISMATCH',
    'VALUE_REQUIRED',
  ],
  example: { key: 'QSR', value: { code: 'QSR', name: 'Salerno' } },
};

export const DELETE_RECORDS: RouteDeclaration = {
  ...shared,
  method: 'DELETE',
  path: '/{topic}',
  summary:
    'Removes a key or an array of keys. In a topic with JSON keys that are arrays, send an array of keys.',
  body: z.union([key, z.array(key).min(1)]),
  answers: {
    200: {
      description: 'All tombstones are written.',
      schema: allWritten,
      headers: answerHeaders,
    },
    207: {
      description: 'Some tombstones are written.',
      schema: results,
      headers: answerHeaders,
    },
  },
  errors: [...WRITE_ERRORS, ...ITEM_ERRORS, 'IMMUTABLE_TOPIC'],
  example: ['QSR', 'SFO'],
};

export const DELETE_RECORD: RouteDeclaration = {
  ...shared,
  method: 'DELETE',
  path: '/{topic}/{key}',
  summary: 'Removes a key. The key need not exist.',
  params: params.extend({
    key: z.string().meta({
      description: 'The key as one percent-encoded segment. docs/types.md has the forms.',
      examples: ['QSR'],
    }),
  }),
  answers: {
    200: { description: 'The tombstone is written.', schema: written, headers: answerHeaders },
  },
  errors: [...WRITE_ERRORS, 'BAD_KEY', 'IMMUTABLE_TOPIC', 'INVALID_UNICODE'],
};
