import { describeError } from '@quicksilver/common/errors/describe';
import { pause } from '@quicksilver/common/flow/deadline';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import type { Run } from '@quicksilver/common/lifecycle/part';

import { DevError } from './dev-error.ts';
import type { Display } from './display.ts';
import type { KafkaPart } from './kafka-part.ts';

export interface GivenKafkaOptions {
  readonly bootstrapServers: readonly string[];
  readonly client: () => KafkaClient;
  /** A topic to ask for; it need not exist. */
  readonly topic: string;
  readonly display: Display;
  readonly answerWithinMs?: number;
}

const AGAIN_AFTER_MS = 500;

/** A Kafka that runs already. Nothing of it is started or stopped here; it must answer. */
export class GivenKafka implements KafkaPart {
  readonly name = 'Kafka';
  readonly bootstrapServers: string;
  readonly #options: GivenKafkaOptions;

  constructor(options: GivenKafkaOptions) {
    this.#options = options;
    this.bootstrapServers = options.bootstrapServers.join(',');
  }

  async start(run: Run): Promise<void> {
    const { client, topic, display, answerWithinMs = 10_000 } = this.#options;
    display.status('Asking Kafka', this.bootstrapServers);
    const deadline = AbortSignal.timeout(answerWithinMs);
    const signal = AbortSignal.any([run.signal, deadline]);
    const admin = client().admin();
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
    if (!run.signal.aborted) {
      const seconds = answerWithinMs / 1_000;
      throw new DevError(
        `No Kafka answers at ${this.bootstrapServers} within ${seconds} seconds (${describeError(lastError)}).`,
        {
          whatToDo:
            'Start that broker or correct QUICK_KAFKA_BOOTSTRAP_SERVER; without the variable, one is started on this machine.',
          cause: lastError,
        },
      );
    }
  }

  async stop(): Promise<void> {
    // It was there before, and it stays.
  }
}
