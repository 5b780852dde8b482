import type { MirrorArguments } from '@quicksilver/contracts/control/resource';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { registerTopic } from '@quicksilver/contracts/topics/register-topic';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { TestBroker } from './broker.ts';

/** A topic of a test; strings with JSON values in three partitions unless said otherwise. */
export interface NetworkTopic extends Partial<Omit<TopicEntry, 'name'>> {
  readonly name: string;
  readonly configs?: Readonly<Record<string, string>>;
  /** Arguments of its mirror. */
  readonly mirror?: MirrorArguments;
}

export interface RegisterTopicsOptions {
  readonly broker: TestBroker;
  /** Name of the registry topic. */
  readonly registry: string;
  readonly topics: readonly NetworkTopic[];
}

const DEADLINE_MS = 90_000;

/** Creates the topics and makes them known to the services that read this registry topic. */
export async function registerTopics(options: RegisterTopicsOptions): Promise<void> {
  const client = createKafkaClient('platformatic', {
    bootstrapServers: [options.broker.bootstrapServer],
    clientId: 'test-network',
    requestTimeoutMs: 30_000,
    decompressedBytesMax: 67_108_864,
  });
  const admin = client.admin();
  const sink = client.sink();
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    for (const topic of options.topics) {
      const registryTopic = options.registry;
      await registerTopic(
        entryOf(topic),
        { 'cleanup.policy': 'compact', ...topic.configs },
        { admin, sink, registryTopic, replicationFactor: 1, signal },
      );
    }
  } finally {
    await Promise.all([admin.close(), sink.close()]);
  }
}

export function entryOf({
  configs: _configs,
  mirror: _mirror,
  ...topic
}: NetworkTopic): TopicEntry {
  return {
    keyType: 'STRING',
    valueType: 'JSON',
    writeType: 'MUTABLE',
    partitions: 3,
    ...topic,
  };
}
