import type { KafkaSecurityConfig } from '@quicksilver/common/config/kafka-security-options';
import type { ClusterInspector } from '@quicksilver/kafka/cluster-inspector';
import {
  createInspector,
  createKafkaClient,
  type KafkaClientKind,
} from '@quicksilver/kafka/kafka-client';
import type { KafkaClient, KafkaClientOptions } from '@quicksilver/kafka/ports';
import { kafkaSecurity } from '@quicksilver/kafka/security/kafka-security';

const REQUEST_TIMEOUT_MS = 10_000;
const DECOMPRESSED_BYTES_MAX = 64 * 1_048_576;

export interface CliKafkaConfig {
  readonly kafkaClient: KafkaClientKind;
  /** Undefined for a Kafka that this command starts itself. */
  readonly security: KafkaSecurityConfig | undefined;
}

/** A Kafka client with the limits of this command. Throws `ConfigError`. */
export function kafkaClientFor(
  config: CliKafkaConfig,
  bootstrapServers: readonly string[],
): KafkaClient {
  return createKafkaClient(config.kafkaClient, optionsFor(config, bootstrapServers));
}

/** Reads what the cluster is and what it permits. Throws `ConfigError`. */
export function inspectorFor(
  config: CliKafkaConfig,
  bootstrapServers: readonly string[],
): ClusterInspector {
  return createInspector(config.kafkaClient, optionsFor(config, bootstrapServers));
}

function optionsFor(
  { security }: CliKafkaConfig,
  bootstrapServers: readonly string[],
): KafkaClientOptions {
  return {
    bootstrapServers,
    clientId: 'quick-cli',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    decompressedBytesMax: DECOMPRESSED_BYTES_MAX,
    security: security && kafkaSecurity(security),
  };
}
