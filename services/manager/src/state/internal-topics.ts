import { describeError } from '@quicksilver/common/errors/describe';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import { createCompactedTopic, type CompactedTopic } from '@quicksilver/kafka/compacted-writer';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

export interface InternalTopicsOptions {
  readonly admin: TopicAdmin;
  /** The registry can have the name of earlier versions, so its name comes from Kafka. */
  readonly topics: (signal: AbortSignal) => Promise<readonly CompactedTopic[]>;
  readonly log: Log;
}

/** Creates the topics of the control plane as soon as Kafka is available. */
export class InternalTopics implements Part {
  readonly name = 'internal topics';
  readonly #options: InternalTopicsOptions;
  readonly #stopping = new AbortController();
  #creating: Promise<void> = Promise.resolve();
  #problem: string | undefined = 'the internal topics have not been created yet';

  constructor(options: InternalTopicsOptions) {
    this.#options = options;
  }

  start(context: PartContext): Promise<void> {
    const signal = AbortSignal.any([context.signal, this.#stopping.signal]);
    this.#creating = this.#create(signal).catch(context.fail);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#creating;
  }

  notReady(): string | undefined {
    return this.#problem;
  }

  async #create(signal: AbortSignal): Promise<void> {
    const { admin, topics, log } = this.#options;
    const backoff = new Backoff({ firstMs: 100, maxMs: 5_000 });
    while (!signal.aborted) {
      try {
        const missing = await topics(signal);
        await Promise.all(missing.map((topic) => createCompactedTopic(admin, topic, signal)));
        this.#problem = undefined;
        return;
      } catch (error) {
        this.#problem = `the internal topics cannot be created: ${describeError(error)}`;
        if (backoff.attempts === 0) {
          log.warn({ reason: this.#problem }, 'Kafka is not available yet; retrying');
        }
      }
      await pause(backoff.next(), signal);
    }
  }
}
