import { registerKafkaClientConformance } from '@quicksilver/testkit/kafka/kafka-client-conformance';

import { createKafkaClient } from './kafka-client.ts';

registerKafkaClientConformance('platformatic', (options) =>
  createKafkaClient('platformatic', options),
);
