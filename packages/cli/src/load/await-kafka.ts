import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';

import { DevError } from '../dev/dev-error.ts';
import type { Display } from '../output/display.ts';

export interface GivenKafkaOptions {
  readonly bootstrapServers: readonly string[];
  readonly kafka: KafkaClient;
  /** A topic to ask for; it need not exist. */
  readonly topic: string;
  readonly display: Display;
  readonly answerWithinMs?: number;
}

const AGAIN_AFTER_MS = 500;

/**
 * Waits until a Kafka that runs already answers. Nothing of it is started or stopped here. Throws
 * `DevError` where it does not answer in time; returns early when the signal aborts.
 */
export async function awaitKafka(options: GivenKafkaOptions, stop: AbortSignal): Promise<void> {
  const { kafka, topic, display, answerWithinMs = 10_000 } = options;
  const bootstrapServers = options.bootstrapServers.join(',');
  display.status('Asking Kafka', bootstrapServers);
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
      await pause(AGAIN_AFTER_MS, signal);
    }
  } finally {
    await admin.close();
  }
  if (!stop.aborted) {
    const seconds = answerWithinMs / 1_000;
    throw new DevError(
      `No Kafka answers at ${bootstrapServers} within ${seconds} seconds (${describeError(lastError)}).`,
      {
        whatToDo:
          'Start that broker or correct QUICK_KAFKA_BOOTSTRAP_SERVER; without the variable, quick dev starts one on this machine.',
        cause: lastError,
      },
    );
  }
}
