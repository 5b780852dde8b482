import { z } from 'zod';

import { DATA_TYPES, SCHEMA_FORMATS, VALUE_TYPES } from '@quicksilver/codec/codec';
import { valueSchema } from '@quicksilver/codec/conformance/value-schema';
import { SUBJECT_STRATEGIES } from '@quicksilver/codec/registry/subject-names';
import { AppError } from '@quicksilver/common/errors/app-error';
import { PARTITIONERS } from '@quicksilver/kafka/partitioner';

/** The default name of the registry. QUICK_TOPIC_REGISTRY_TOPIC_NAME sets another one. */
export const TOPIC_REGISTRY = '__quick-topic-registry';
/** The default name in bakdata Quick and in earlier versions. */
const FORMER_TOPIC_REGISTRY = '__topic-registry';

/** The former name of a registry topic, which stays in use if only it exists. */
export function formerRegistryOf(topic: string): string | undefined {
  return topic === TOPIC_REGISTRY ? FORMER_TOPIC_REGISTRY : undefined;
}

export { DATA_TYPES, SCHEMA_FORMATS, SUBJECT_STRATEGIES, VALUE_TYPES };

/** See `KeyForm` of the codec. */
export const keyForm = z.object({
  keyType: z.enum(DATA_TYPES),
  keySchema: valueSchema.exactOptional(),
});

export const partitioner = z.enum(PARTITIONERS);

/** Subjects of a schema registry. Absent for the TopicNameStrategy. */
export const subjects = z.object({
  strategy: z.enum(SUBJECT_STRATEGIES),
  records: z.array(z.string()),
});

const topicEntry = z.object({
  name: z.string(),
  /** The type of a key without its encoding. */
  keyType: z.enum(DATA_TYPES),
  /** Set if the bytes of keys name a schema of the schema registry. */
  keyFormat: z.enum(SCHEMA_FORMATS).exactOptional(),
  valueType: z.enum(VALUE_TYPES),
  /** For AVRO and PROTOBUF: whether each record in a value gets `__typename` with its name. */
  recordNames: z.boolean().exactOptional(),
  /** What the values are wrapped in. The record's value is then an event, and its row the value. */
  envelope: z.enum(['debezium']).exactOptional(),
  /**
   * The type of keys that are objects. Ingest rejects keys that do not have it. Mirrors skip them
   * if the keys have a schema in Avro or Protobuf.
   */
  keySchema: valueSchema.exactOptional(),
  /** How the subjects of the schemas are named that keys and values are written with. */
  keySubjects: subjects.exactOptional(),
  valueSubjects: subjects.exactOptional(),
  /** The GraphQL type of the values. Ingest rejects values that do not have it. */
  valueSchema: valueSchema.exactOptional(),
  writeType: z.enum(['MUTABLE', 'IMMUTABLE']).default('MUTABLE'),
  /**
   * The number at the time of the write. Partitions can be added to a topic at any time, so readers
   * and writers get the number from Kafka or from the topic's mirror.
   */
  partitions: z.int().min(1),
  /** How the producers of the topic place keys. `murmur2` if absent. Writes use it. */
  partitioner: partitioner.exactOptional(),
});

/** The metadata of a topic for all services: one record of the registry topic, keyed by `name`. */
export type TopicEntry = Readonly<z.infer<typeof topicEntry>>;

/** Undefined if the bytes are not an entry of a known form. */
export function parseTopicEntry(value: Buffer): TopicEntry | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
  return topicEntry.safeParse(parsed).data;
}

export function printTopicEntry(entry: TopicEntry): Buffer {
  return Buffer.from(JSON.stringify(entry));
}

/** Names that Kafka allows, except those of internal topics (`__…`). */
export const USER_TOPIC = /^(?!__)(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
const INTERNAL_TOPIC = /^__[a-zA-Z0-9._-]{0,247}$/;

/** Kafka's rule for the names of topics, for error messages. */
export const TOPIC_NAME_RULE =
  'a topic name has 1 to 249 letters, digits, dots, dashes and underscores';

/** Whether Kafka allows the name, and it is not that of an internal topic. */
export function isUserTopic(name: string): boolean {
  return USER_TOPIC.test(name);
}

/** Like `isUserTopic`, but throws `AppError`. */
export function assertUserTopic(name: string): void {
  if (isUserTopic(name)) {
    return;
  }
  throw INTERNAL_TOPIC.test(name)
    ? new AppError('INTERNAL_TOPIC', `Topic ${name} is internal and cannot be used.`)
    : new AppError('TOPIC_NOT_FOUND', `Topic ${name} does not exist: ${TOPIC_NAME_RULE}.`);
}
