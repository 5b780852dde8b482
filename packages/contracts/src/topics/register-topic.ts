import { createCompactedTopic, mustWriteCompacted } from '@quicksilver/kafka/compacted-writer';
import type { RecordSink, TopicAdmin } from '@quicksilver/kafka/ports';
import { existingName } from '@quicksilver/kafka/existing-name';
import { formerRegistryOf, printTopicEntry, type TopicEntry } from './topic-entry.ts';

export interface RegisterTopicOptions {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
  readonly registryTopic: string;
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}

/** Creates the compacted registry topic if it is missing. Resolves to its name. */
export async function ensureTopicRegistry(options: RegisterTopicOptions): Promise<string> {
  const { admin, registryTopic, replicationFactor, signal } = options;
  const topic = await registryIn(admin, registryTopic, signal);
  await createCompactedTopic(admin, { topic, replicationFactor }, signal);
  return topic;
}

/** The name under which the registry exists, or under which it has to be created. */
export function registryIn(
  admin: Pick<TopicAdmin, 'describe'>,
  topic: string,
  signal: AbortSignal,
): Promise<string> {
  return existingName(admin, { topic, formerTopic: formerRegistryOf(topic) }, signal);
}

/**
 * Registers a topic for all services: creates it in Kafka unless it exists, then writes its entry
 * with its number of partitions in Kafka. Idempotent.
 */
export async function registerTopic(
  entry: TopicEntry,
  configs: Readonly<Record<string, string>>,
  options: RegisterTopicOptions,
): Promise<void> {
  const registry = await ensureTopicRegistry(options);
  const { admin, signal, replicationFactor } = options;
  const { name: topic, partitions } = entry;
  const isNew = await admin.create({ topic, partitions, replicationFactor, configs }, signal);
  const existing = isNew ? undefined : await admin.describe(topic, signal);
  await mustWriteCompacted(
    { topic: registry, replicationFactor },
    {
      key: topic,
      value: printTopicEntry({ ...entry, partitions: existing?.partitions ?? partitions }),
    },
    options,
    signal,
  );
}
