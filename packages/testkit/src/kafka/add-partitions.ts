import { runTool } from '@quicksilver/local-kafka/run-tool';

import type { TestBroker } from './broker.ts';

/**
 * As an operator does it: `kafka-topics --alter --partitions`. Resolves when Kafka has accepted it.
 */
export async function addPartitions(
  broker: TestBroker,
  topic: string,
  partitions: number,
): Promise<void> {
  await runTool({
    jarsDir: broker.jarsDir,
    mainClass: 'org.apache.kafka.tools.TopicCommand',
    args: [
      ...['--bootstrap-server', broker.bootstrapServer, '--topic', topic],
      ...['--alter', '--partitions', String(partitions)],
    ],
  });
}
