import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { registryIn } from '@quicksilver/contracts/topics/register-topic';
import type { ServiceEntry } from '@quicksilver/contracts/control/service-entry';
import { removeService, writeService } from '@quicksilver/contracts/control/write-service';
import { AppError } from '@quicksilver/common/errors/app-error';
import { pause } from '@quicksilver/common/flow/deadline';
import { mustWriteCompacted } from '@quicksilver/kafka/compacted-writer';
import type { RecordSink, TopicAdmin } from '@quicksilver/kafka/ports';
import { printTopicEntry, type TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { DoStep } from './steps.ts';
import type { ServiceWriter } from './workload-keeper.ts';

export interface ProjectionOptions {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
  readonly services: ServiceDirectory;
  readonly servicesTopic: string;
  readonly registryTopic: string;
  readonly replicationFactor: number;
}

/** Writes the entries to Kafka that the data plane reads. */
export class Projections implements ServiceWriter {
  readonly #options: ProjectionOptions;
  readonly #step: DoStep;

  constructor(options: ProjectionOptions, step: DoStep) {
    this.#options = options;
    this.#step = step;
  }

  async write(entry: ServiceEntry, signal: AbortSignal): Promise<void> {
    await this.#step('write-service-entry', () => writeService(entry, this.#services(signal)));
    await this.#read(signal, () => this.#options.services.entry(entry)?.version === entry.version);
  }

  async remove(id: Pick<ServiceEntry, 'kind' | 'name'>, signal: AbortSignal): Promise<void> {
    await this.#step('remove-service-entry', () => removeService(id, this.#services(signal)));
    await this.#read(signal, () => this.#options.services.entry(id) === undefined);
  }

  writeTopic(entry: TopicEntry, signal: AbortSignal): Promise<bigint> {
    return this.#registry(entry.name, printTopicEntry(entry), signal);
  }

  removeTopic(name: string, signal: AbortSignal): Promise<bigint> {
    return this.#registry(name, null, signal);
  }

  async #registry(key: string, value: Buffer | null, signal: AbortSignal): Promise<bigint> {
    const { admin, registryTopic, replicationFactor } = this.#options;
    const topic = await registryIn(admin, registryTopic, signal);
    return mustWriteCompacted({ topic, replicationFactor }, { key, value }, this.#options, signal);
  }

  #services(signal: AbortSignal): Parameters<typeof writeService>[1] {
    const { admin, sink, servicesTopic: topic, replicationFactor } = this.#options;
    return { admin, sink, topic, replicationFactor, signal };
  }

  /** Waits until the view has read the write, because the next step depends on the view. */
  async #read(signal: AbortSignal, isRead: () => boolean): Promise<void> {
    while (!isRead()) {
      if (signal.aborted) {
        throw new AppError(
          'KAFKA_UNAVAILABLE',
          `An entry was written to ${this.#options.servicesTopic} but not read back in time. Check the Kafka brokers.`,
        );
      }
      await pause(5, signal);
    }
  }
}
