import { z } from 'zod';

import { AppError } from '@quicksilver/common/errors/app-error';

/** Quick's default name; other names come from QUICK_TOPIC_REGISTRY_TOPIC_NAME. */
export const TOPIC_REGISTRY = '__topic-registry';

const DATA_TYPES = ['STRING', 'INTEGER', 'LONG', 'DOUBLE', 'JSON'] as const;
const dataType = z.enum(DATA_TYPES);

const topicEntry = z.object({
  name: z.string(),
  keyType: dataType,
  valueType: z.enum([...DATA_TYPES, 'AVRO']),
  /** Of AVRO: whether each record in a value says its name, as `__typename`. */
  recordNames: z.boolean().exactOptional(),
  writeType: z.enum(['MUTABLE', 'IMMUTABLE']).default('MUTABLE'),
  /**
   * As the writer of the entry knew it. Partitions can be added to a topic at any time, so whoever reads
   * or writes it takes the number from Kafka or from the topic's mirror.
   */
  partitions: z.int().min(1),
});

/** What every service knows of a topic: one record of the registry topic, keyed by `name`. */
export type TopicEntry = Readonly<z.infer<typeof topicEntry>>;

/** Undefined where the bytes are not an entry of a form known here. */
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

const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** Kafka's own rule for names; internal topics (`__…`) are refused. Throws `AppError`. */
export function assertUserTopic(name: string): void {
  if (!TOPIC_NAME.test(name) || name === '.' || name === '..') {
    throw new AppError(
      'TOPIC_NOT_FOUND',
      `Topic ${name} does not exist: a topic's name has 1 to 249 letters, digits, dots, dashes and underscores.`,
    );
  }
  if (name.startsWith('__')) {
    throw new AppError('INTERNAL_TOPIC', `Topic ${name} is internal and cannot be used.`);
  }
}
