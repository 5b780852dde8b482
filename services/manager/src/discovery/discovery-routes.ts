import { PARTITIONERS } from '@quicksilver/kafka/partitioner';
import type { ErrorCode } from '@quicksilver/common/errors/catalog';
import { mirrorsOf } from '@quicksilver/resources/mirror-lookup';
import { z } from 'zod';

import type { KindApiDeps } from '../http/api-deps.ts';
import { addRoute, type Api } from '../http/route.ts';
import type { DetectedSide } from './detect-topic.ts';
import type { DiscoveredTopic, TopicDiscovery } from './discover-topics.ts';
import { SCHEMA_BOUNDS, schemaFor } from './schema-for-topics.ts';
import { matchesPattern } from './topic-names.ts';

const side = z.object({
  format: z.string().describe('The name of a type of keys and values, bytes, null or unknown.'),
  certainty: z.number().min(0).max(1),
  records: z.int().describe('Records that were compared.'),
  envelope: z
    .literal('debezium')
    .optional()
    .describe('The values are change events. The format of the keys is that of the rows.'),
  recordNames: z
    .literal(true)
    .optional()
    .describe('The values have records of several types, so the topic needs recordNames.'),
});

const kafkaTopicAnswer = z
  .object({
    name: z.string(),
    partitions: z.int(),
    bytes: z
      .number()
      .nullable()
      .describe('Bytes of one copy in Kafka. Null if the brokers do not report it.'),
    offsets: z
      .number()
      .nullable()
      .describe('From the start to the end of all partitions: at least the number of records.'),
    recordsPerSecond: z.number().nullable().describe('How fast the newest records were written.'),
    cleanupPolicy: z.string(),
    key: side.nullable(),
    value: side.nullable(),
    partitioner: z
      .object({
        partitioner: z.enum([...PARTITIONERS, 'unknown']),
        certainty: z.number().min(0).max(1),
        keys: z.int().describe('Different keys that were compared.'),
        misplaced: z.int().describe('Keys in another partition than the partitioner chooses.'),
      })
      .nullable(),
    isRegistered: z.boolean(),
    mirror: z.string().nullable().describe('The name of its mirror.'),
    problem: z.string().optional().describe('Why the records could not be read.'),
  })
  .meta({ id: 'KafkaTopic' });

export const topicChoice = z.object({
  topics: z
    .string()
    .optional()
    .describe('Names, separated by commas.')
    .meta({ examples: ['airports,flights'] }),
  match: z
    .string()
    .max(249)
    .optional()
    .describe('A pattern of names, in which * stands for any characters and ? for one.')
    .meta({ examples: ['shop.*'] }),
});

const DISCOVERY_ERRORS: readonly ErrorCode[] = [
  'KAFKA_UNAVAILABLE',
  'OVERLOADED',
  'REGISTRY_UNAVAILABLE',
];

export interface DiscoveryRouteDeps extends KindApiDeps {
  readonly discovery: TopicDiscovery;
}

export function discoveryRoutes(app: Api, deps: DiscoveryRouteDeps): void {
  const { discovery, resources } = deps;
  const describe = (topic: DiscoveredTopic): z.output<typeof kafkaTopicAnswer> => {
    const { name, partitions, bytes, cleanupPolicy, detected, problem } = topic;
    return {
      name,
      partitions,
      bytes: bytes ?? null,
      offsets: detected?.sample.offsets ?? null,
      recordsPerSecond: detected?.sample.recordsPerSecond ?? null,
      cleanupPolicy,
      key: detected === undefined ? null : roundedSide(detected.key),
      value: detected === undefined ? null : roundedSide(detected.value),
      partitioner:
        detected === undefined
          ? null
          : { ...detected.partitioner, certainty: rounded(detected.partitioner.certainty) },
      isRegistered: resources.get('topic', name) !== undefined,
      mirror: mirrorsOf(name, resources)[0]?.name ?? null,
      ...(problem === undefined ? {} : { problem }),
    };
  };
  schemaRoute(app, deps);
  addRoute(app, {
    method: 'GET',
    path: '/kafka/topics',
    summary: 'Lists topics of the broker with formats that are detected from their newest records.',
    tag: 'topics',
    query: topicChoice,
    errors: DISCOVERY_ERRORS,
    answers: { 200: { description: 'The topics.', schema: z.array(kafkaTopicAnswer) } },
    handle: async ({ query, reply }) => {
      const gone = goneSignal(reply.raw);
      return (await discovery.discover(chosenBy(query), gone)).map(describe);
    },
  });
}

function schemaRoute(app: Api, { discovery, resources }: DiscoveryRouteDeps): void {
  addRoute(app, {
    method: 'GET',
    path: '/kafka/schema',
    summary:
      'Generates a GraphQL schema for topics, from their schemas in the registry and their newest records. Without a choice for all registered topics.',
    tag: 'topics',
    query: topicChoice,
    errors: [...DISCOVERY_ERRORS, 'TOPIC_NOT_FOUND'],
    answers: {
      200: {
        description: 'The schema in GraphQL SDL, and the topics that it leaves out.',
        schema: z.object({
          schema: z.string(),
          skipped: z.array(z.object({ name: z.string(), why: z.string() })),
        }),
      },
    },
    handle: async ({ query, reply }) => {
      const isChosen = query.topics !== undefined || query.match !== undefined;
      const matches = isChosen
        ? chosenBy(query)
        : (name: string) => resources.get('topic', name) !== undefined;
      const discovered = await discovery.discover(matches, goneSignal(reply.raw), SCHEMA_BOUNDS);
      return schemaFor(discovered, (name) => resources.get('topic', name)?.spec);
    },
  });
}

/** Which topics a request is about. Without a choice all of them. */
export function chosenBy({
  topics,
  match,
}: z.output<typeof topicChoice>): (name: string) => boolean {
  const names = topics === undefined ? undefined : new Set(topics.split(','));
  return (name) =>
    names === undefined && match === undefined
      ? true
      : names?.has(name) === true || (match !== undefined && matchesPattern(match, name));
}

/** Aborts when the client disconnects. */
export function goneSignal(response: {
  once(event: 'close', listener: () => void): unknown;
}): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

function roundedSide(detected: DetectedSide): DetectedSide {
  return { ...detected, certainty: rounded(detected.certainty) };
}

/** Rounds down, so that nothing less than certain is 1. */
function rounded(certainty: number): number {
  return Math.floor(certainty * 1_000) / 1_000;
}
