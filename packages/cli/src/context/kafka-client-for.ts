import { createKafkaClient, type KafkaClientKind } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/kafka/ports';

const REQUEST_TIMEOUT_MS = 10_000;
const DECOMPRESSED_BYTES_MAX = 64 * 1_048_576;

/** A Kafka client with the limits of this command. */
export function kafkaClientFor(
  kind: KafkaClientKind,
  bootstrapServers: readonly string[],
): KafkaClient {
  return createKafkaClient(kind, {
    bootstrapServers,
    clientId: 'quick-cli',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    decompressedBytesMax: DECOMPRESSED_BYTES_MAX,
  });
}
