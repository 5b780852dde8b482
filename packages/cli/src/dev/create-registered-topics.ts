import type { KafkaClient } from '@quicksilver/kafka/ports';

import type { ProjectFile } from '../project/project-schema.ts';

const PARTITIONS = 3;

/**
 * Creates the topics that a project registers, if they are missing. Another system writes them, but
 * the Kafka of `quick dev` has only the topics of the project.
 */
export async function createRegisteredTopics(
  { topics = {} }: Pick<ProjectFile, 'topics'>,
  kafka: KafkaClient,
  signal: AbortSignal,
): Promise<void> {
  const registered = Object.entries(topics).filter(([, { register }]) => register === true);
  if (registered.length === 0) {
    return;
  }
  const admin = kafka.admin();
  try {
    for (const [topic, { partitions = PARTITIONS, configs = {} }] of registered) {
      // Returns false if the topic exists.
      await admin.create({ topic, partitions, replicationFactor: 1, configs }, signal);
    }
  } finally {
    await admin.close();
  }
}
