import type { BrokerConnector } from './cluster/broker.ts';
import type { KafkaClientOptions } from './ports.ts';

export function kafkajsConnector(options: KafkaClientOptions): BrokerConnector {
  return {
    connect: () => Promise.reject(new Error(`kafkajs is not wired yet for ${options.clientId}`)),
  };
}
