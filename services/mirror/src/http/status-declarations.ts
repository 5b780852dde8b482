import type { RouteDeclaration } from '@quicksilver/common/http/route-declaration';
import type {
  MirrorStatus,
  PartitionStatus,
  RereadPartition,
  TopicSize,
  TopicStatus,
} from '@quicksilver/contracts/mirror-api/contract';
import { z } from 'zod';

import {
  freshnessHeaders,
  KEY_ERRORS,
  KEY_LIST_ERRORS,
  READ_ERRORS,
  readHeaders,
  TOPIC_ERRORS,
  topicParams,
} from './declaration-parts.ts';
import { keyList } from './read-declarations.ts';

const lastRecord = z.object({
  offset: z.string(),
  timestamp: z.number().nullable(),
  reason: z.string(),
  detail: z.string(),
});

const partitionStatus: z.ZodType<PartitionStatus> = z
  .object({
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
    nextOffset: z.string().describe('The next offset to apply, as decimal text.'),
    endOffset: z
      .string()
      .describe('The last known end of the log (the high watermark), as decimal text.'),
    lagRecords: z.string(),
    poisonRecords: z
      .int()
      .describe('Records of this generation that could not be decoded and were skipped.'),
    lastPoison: lastRecord.exactOptional().describe('The latest of these records.'),
    unsettledRecords: z
      .int()
      .exactOptional()
      .describe('About how many records are in sorted runs. 0 once all are at their final keys.'),
    unindexedRecords: z
      .int()
      .exactOptional()
      .describe('In a topic with a range field: records without a range.'),
    indexedRecords: z
      .int()
      .exactOptional()
      .describe('In a topic with a range field: records with a range.'),
    lastUnindexed: lastRecord.exactOptional().describe('The latest record without a range.'),
    nonconformingRecords: z
      .int()
      .exactOptional()
      .describe('In a topic with a type: records that do not have it. They are served.'),
    misplacedRecords: z.int().exactOptional().describe('Misplaced records of this generation.'),
    detail: z.string().exactOptional(),
  })
  .meta({ id: 'PartitionStatus' });

const topicStatus: z.ZodType<TopicStatus> = z
  .object({
    topic: z.string(),
    topicId: z.string().nullable(),
    partitions: z.array(partitionStatus),
    changedSchemas: z
      .array(z.int())
      .exactOptional()
      .describe(
        'Schema ids that refer to another schema than for earlier records, or to none. Their records are poison.',
      ),
    mixed: z.boolean().exactOptional().describe('Whether the topic is mixed, as far as known.'),
    misplacedRecords: z
      .int()
      .exactOptional()
      .describe('Misplaced records in the partitions of this replica.'),
    placement: z.string().exactOptional().describe('The effects of a mixed topic, as a sentence.'),
  })
  .meta({ id: 'TopicStatus' });

const mirrorStatus: z.ZodType<MirrorStatus> = z.object({
  ordinal: z.int(),
  replicas: z.int(),
  topics: z.array(topicStatus),
});

export const GET_STATUS: RouteDeclaration = {
  method: 'GET',
  path: '/status',
  summary: 'Returns the state of all topics and partitions of this replica.',
  tag: 'status',
  answers: { 200: { description: 'The status.', schema: mirrorStatus } },
  errors: [],
};

const topicSize: z.ZodType<TopicSize> = z
  .object({
    topic: z.string(),
    partitions: z.array(
      z.object({
        partition: z.int(),
        keys: z.int(),
        versions: z
          .int()
          .exactOptional()
          .describe('Versions in the range index. Absent without a range field.'),
        isExact: z.boolean().describe('False if the counts are estimates.'),
      }),
    ),
    storeBytes: z.int().describe("Bytes of the topic's store on disk."),
    memoryBytes: z
      .int()
      .describe('Resident memory of the process, which may have other topics too.'),
  })
  .meta({ id: 'TopicSize' });

export const GET_SIZE: RouteDeclaration = {
  method: 'GET',
  right: 'read',
  path: '/topics/{topic}/size',
  summary: 'Measures a topic in the partitions of this replica: keys, versions, disk and memory.',
  tag: 'status',
  params: topicParams,
  answers: { 200: { description: 'The size.', schema: topicSize } },
  errors: TOPIC_ERRORS,
};

const skippedRecord = z
  .object({
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
    value: z
      .string()
      .nullable()
      .describe('The first kilobyte in base64. Null if there is no value.'),
  })
  .meta({ id: 'SkippedRecord' });
const skipped = z.object({ items: z.array(skippedRecord) });

export const LIST_POISON: RouteDeclaration = {
  method: 'GET',
  path: '/poison',
  summary: 'Lists the latest records that could not be decoded and were skipped.',
  tag: 'status',
  answers: { 200: { description: 'The records, the oldest first.', schema: skipped } },
  errors: [],
};

export const LIST_TOPIC_POISON: RouteDeclaration = {
  method: 'GET',
  right: 'read',
  path: '/topics/{topic}/poison',
  summary:
    'Lists the latest records of a topic, in the partitions of this replica, that could not be decoded and were skipped.',
  tag: 'status',
  params: topicParams,
  answers: { 200: { description: 'The records, the oldest first.', schema: skipped } },
  errors: TOPIC_ERRORS,
};

const rereadPartition: z.ZodType<RereadPartition> = z
  .object({
    partition: z.int(),
    read: z.int().describe('Records that are no longer poison.'),
    left: z.int().describe('Records that are still poison.'),
    isFinished: z
      .boolean()
      .describe(
        'False if the partition does not serve, or if Kafka or the schema registry does not respond.',
      ),
  })
  .meta({ id: 'RereadPartition' });

export const RETRY_POISON: RouteDeclaration = {
  method: 'POST',
  path: '/topics/{topic}/poison:retry',
  summary:
    'Reads the poison records of a topic again, in the partitions of this replica, after their cause was removed.',
  tag: 'status',
  params: topicParams,
  answers: {
    200: {
      description: 'The partitions that had poison records.',
      schema: z.object({ partitions: z.array(rereadPartition) }),
    },
    202: { description: 'The retry takes longer, and continues. GET /status shows its result.' },
  },
  errors: TOPIC_ERRORS,
};

export const LIST_UNINDEXED: RouteDeclaration = {
  method: 'GET',
  path: '/unindexed',
  summary: 'Lists the latest records that are in no range, because of their range field or key.',
  tag: 'status',
  answers: { 200: { description: 'The records, the oldest first.', schema: skipped } },
  errors: [],
};

export const LIST_NONCONFORMING: RouteDeclaration = {
  method: 'GET',
  path: '/nonconforming',
  summary: 'Lists the latest records whose value does not have the type of their topic.',
  tag: 'status',
  answers: { 200: { description: 'The records, the oldest first.', schema: skipped } },
  errors: [],
};

const placementReport = z
  .object({
    topic: z.string(),
    topicId: z.string().nullable(),
    count: z.int().optional().describe('The number of partitions by which it places keys.'),
    partitions: z
      .array(z.array(z.union([z.int(), z.string(), z.null()])))
      .describe(
        'Partition, whose keys it has, the next offset, and the least timestamp of a misplaced value.',
      ),
  })
  .meta({ id: 'PlacementReport' });

export const GET_PLACEMENT: RouteDeclaration = {
  method: 'GET',
  path: '/places',
  summary: 'For other replicas: which partitions here have keys of other partitions.',
  tag: 'replicas',
  answers: { 200: { description: 'A report of each topic.', schema: z.array(placementReport) } },
  errors: [],
};

export const GET_HELD: RouteDeclaration = {
  method: 'POST',
  path: '/topics/{topic}/keys:held',
  summary: 'For other replicas: the records of keys in the given partitions of this replica.',
  tag: 'replicas',
  params: topicParams,
  query: z.object({
    partitions: z.string().meta({
      description: 'The partitions to read, separated by commas.',
      examples: ['0,2'],
    }),
    values: z.boolean().default(false).describe('true: the current record has its value.'),
    unread: z.boolean().default(false).describe('true: with records that were skipped.'),
  }),
  headers: readHeaders,
  body: keyList,
  answers: {
    200: {
      description: 'A list of records for each key.',
      schema: z.array(z.array(z.record(z.string(), z.unknown()))),
      headers: freshnessHeaders,
    },
  },
  errors: [...READ_ERRORS, ...KEY_ERRORS, ...KEY_LIST_ERRORS],
  example: ['QSR'],
};
