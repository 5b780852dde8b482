import { AppError } from '../errors/app-error.ts';
import { createCompactedTopic, mustWriteCompacted } from '../kafka/compacted-writer.ts';
import type { RecordSink, TopicAdmin } from '../kafka/ports.ts';
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
 * Makes a topic known to all services: creates it in Kafka unless it exists, then writes its entry.
 * May be repeated. Throws where an existing topic has another number of partitions, for keys are
 * placed by it.
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
  if (!created) {
    const found = await admin.describe(topic, signal);
    if (found !== undefined && found.partitions !== partitions) {
      throw new AppError(
        'BAD_REQUEST',
        `Topic ${topic} has ${found.partitions} partitions in Kafka, expected ${partitions}.`,
      );
    }
  }
  await mustWriteCompacted(
    { topic: options.registryTopic, replicationFactor },
    { key: topic, value: printTopicEntry(entry) },
    options,
    signal,
  );
}
