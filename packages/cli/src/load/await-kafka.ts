import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { KafkaClient } from '@quicksilver/kafka/ports';

import { CliError } from '../output/cli-error.ts';
import type { Display } from '../output/display.ts';

export interface AwaitKafkaOptions {
  readonly bootstrapServers: readonly string[];
  readonly kafka: KafkaClient;
  /** Name of a topic for the request; it need not exist. */
  readonly topic: string;
  readonly display: Display;
  readonly answerWithinMs?: number;
}

const RETRY_AFTER_MS = 500;

/**
 * Waits until a running Kafka answers. Throws `CliError` if it does not answer in time, and returns
 * early if the signal aborts.
 */
export async function awaitKafka(options: AwaitKafkaOptions, stop: AbortSignal): Promise<void> {
  const { kafka, topic, display, answerWithinMs = 10_000 } = options;
  const bootstrapServers = options.bootstrapServers.join(',');
  display.status('Connecting to Kafka', bootstrapServers);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerWithinMs)]);
  const admin = kafka.admin();
  let lastError: unknown;
  try {
    while (!signal.aborted) {
      try {
        await admin.describe(topic, signal);
        return;
      } catch (error) {
        lastError = signal.aborted ? (lastError ?? error) : error;
      }
      await pause(RETRY_AFTER_MS, signal);
    }
  } finally {
    await admin.close();
  }
  if (!stop.aborted) {
    const seconds = answerWithinMs / 1_000;
    throw new CliError(
      `No Kafka answers at ${bootstrapServers} within ${seconds} seconds (${describeError(lastError)}).`,
      {
        code: 'KAFKA_UNREACHABLE',
        hint: 'Start that broker or correct QUICK_KAFKA_BOOTSTRAP_SERVER. Without the variable, quick dev starts a Kafka on this machine.',
        cause: lastError,
      },
    );
  }
}
