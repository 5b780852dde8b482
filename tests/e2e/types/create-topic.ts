import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { testBroker } from '@quicksilver/testkit/broker';

const DEADLINE_MS = 90_000;

/** Creates a topic in Kafka that no service knows yet. */
export async function createTopic(topic: string, partitions: number): Promise<void> {
  const admin = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'create-topic',
    requestTimeoutMs: 10_000,
    decompressedBytesMax: 67_108_864,
  }).admin();
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await admin.create({ topic, partitions, replicationFactor: 1 }, signal);
  } finally {
    await admin.close();
  }
}
