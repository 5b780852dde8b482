import { kafkaClientFor } from '../context/kafka-client-for.ts';
import { awaitKafka } from '../load/await-kafka.ts';
import type { DevConfig } from './dev-options.ts';
import { LocalKafkaPart, type KafkaPart, type LocalKafkaPartOptions } from './local-kafka-part.ts';

export interface KafkaPartOptions extends Omit<LocalKafkaPartOptions, 'config'> {
  readonly config: Pick<
    DevConfig,
    'mavenRepository' | 'bootstrapServers' | 'kafkaClient' | 'security' | 'topicRegistry'
  >;
}

/** The running Kafka that the configuration names, else a Kafka that this run starts and stops. */
export function createKafkaPart(options: KafkaPartOptions): KafkaPart {
  const { config, display } = options;
  const { bootstrapServers, topicRegistry: topic } = config;
  if (bootstrapServers.length === 0) {
    return new LocalKafkaPart(options);
  }
  return {
    name: 'Kafka',
    bootstrapServers: bootstrapServers.join(','),
    isOfRun: false,
    start: async ({ signal }) => {
      const kafka = kafkaClientFor(config, bootstrapServers);
      await awaitKafka({ bootstrapServers, kafka, topic, display }, signal);
    },
    // It ran before this run, and keeps running after it.
    stop: () => Promise.resolve(),
  };
}
