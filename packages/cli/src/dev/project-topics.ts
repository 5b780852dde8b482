import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import { ensureTopicRegistry, registerTopic } from '@quicksilver/common/topics/register-topic';

import { DevError } from './dev-error.ts';
import type { Display } from './display.ts';
import type { ProjectTopic } from './project.ts';

export interface ProjectTopicsOptions {
  readonly topics: readonly ProjectTopic[];
  readonly client: () => KafkaClient;
  readonly registryTopic: string;
  /** -1 leaves it to the broker. */
  readonly replicationFactor: number;
  readonly display: Display;
}

const WITHIN_MS = 30_000;
const CONFIGS = { 'cleanup.policy': 'compact' };

/** Creates the project's topics where they are missing, and makes them known to the services. */
export class ProjectTopics implements Part {
  readonly name = 'topics';
  readonly #options: ProjectTopicsOptions;
  readonly #ids = new Map<string, string>();

  constructor(options: ProjectTopicsOptions) {
    this.#options = options;
  }

  /** Kafka's id of a topic: another one where it was deleted and made anew. */
  idOf(topic: string): string {
    const id = this.#ids.get(topic);
    if (id === undefined) {
      throw new Error(`Topic ${topic} has not been registered`);
    }
    return id;
  }

  async start(run: Run): Promise<void> {
    const { topics, client, registryTopic, replicationFactor, display } = this.#options;
    display.status('Creating the topics');
    const signal = AbortSignal.any([run.signal, AbortSignal.timeout(WITHIN_MS)]);
    const kafka = client();
    const admin = kafka.admin();
    const sink = kafka.sink();
    try {
      const register = { admin, sink, registryTopic, replicationFactor, signal };
      await ensureTopicRegistry(register);
      for (const { name, keyType, valueType, partitions } of topics) {
        const entry = { name, keyType, valueType, partitions, writeType: 'MUTABLE' as const };
        await registerTopic(entry, CONFIGS, register);
        const described = await admin.describe(name, signal);
        if (described === undefined) {
          throw new Error(`Topic ${name} was created, and Kafka does not know it`);
        }
        this.#ids.set(name, described.topicId);
      }
    } catch (error) {
      if (run.signal.aborted) {
        return;
      }
      throw new DevError(`The topics could not be created: ${String(error)}.`, {
        whatToDo: 'Kafka’s answer says why; a topic of the same name may be in other hands.',
        cause: error,
      });
    } finally {
      await Promise.all([admin.close(), sink.close()]);
    }
  }

  async stop(): Promise<void> {
    // Topics stay.
  }
}
