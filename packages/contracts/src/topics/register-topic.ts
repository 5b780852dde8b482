import { createCompactedTopic, mustWriteCompacted } from '@quicksilver/kafka/compacted-writer';
import type { RecordSink, TopicAdmin } from '@quicksilver/kafka/ports';
import { printTopicEntry, type TopicEntry } from './topic-entry.ts';

export interface RegisterTopicOptions {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
  readonly registryTopic: string;
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}

/** Creates the compacted registry topic where it is missing. */
export async function ensureTopicRegistry(options: RegisterTopicOptions): Promise<void> {
  const { admin, registryTopic: topic, replicationFactor, signal } = options;
  await createCompactedTopic(admin, { topic, replicationFactor }, signal);
}

/**
 * Makes a topic known to all services: creates it in Kafka unless it exists, then writes its entry,
 * with the number of partitions that it has in Kafka. May be repeated.
 */
export async function registerTopic(
  entry: TopicEntry,
  configs: Readonly<Record<string, string>>,
  options: RegisterTopicOptions,
): Promise<void> {
  await ensureTopicRegistry(options);
  const { admin, signal, replicationFactor } = options;
  const { name: topic, partitions } = entry;
  const created = await admin.create({ topic, partitions, replicationFactor, configs }, signal);
  const found = created ? undefined : await admin.describe(topic, signal);
  await mustWriteCompacted(
    { topic: options.registryTopic, replicationFactor },
    {
      key: topic,
      value: printTopicEntry({ ...entry, partitions: found?.partitions ?? partitions }),
    },
    options,
    signal,
  );
}
