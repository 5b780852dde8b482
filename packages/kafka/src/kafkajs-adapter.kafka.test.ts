import { registerKafkaClientConformance } from '@quicksilver/testkit/kafka/kafka-client-conformance';

import { createKafkaClient } from './kafka-client.ts';

registerKafkaClientConformance('kafkajs', (options) => createKafkaClient('kafkajs', options));
