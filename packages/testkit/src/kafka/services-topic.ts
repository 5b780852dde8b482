import { randomUUID } from 'node:crypto';

import type { ServiceEntry } from '@quicksilver/contracts/control/service-entry';
import {
  removeService,
  writeService,
  type WriteServiceOptions,
} from '@quicksilver/contracts/control/write-service';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';

import type { TestBroker } from './broker.ts';

const DEADLINE_MS = 90_000;

/** A topic in the place of `__quick-services`, written as the manager would. */
export class ServicesTopic implements AsyncDisposable {
  readonly name = `__services-${randomUUID()}`;
  readonly #admin;
  readonly #sink;

  constructor(broker: TestBroker) {
    const client = createKafkaClient('platformatic', {
      bootstrapServers: [broker.bootstrapServer],
      clientId: 'test-network',
      requestTimeoutMs: 30_000,
      decompressedBytesMax: 67_108_864,
    });
    this.#admin = client.admin();
    this.#sink = client.sink();
  }

  async write(entry: ServiceEntry): Promise<void> {
    await writeService(entry, this.#options());
  }

  async remove(id: Pick<ServiceEntry, 'kind' | 'name'>): Promise<void> {
    await removeService(id, this.#options());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#admin.close(), this.#sink.close()]);
  }

  #options(): WriteServiceOptions {
    return {
      admin: this.#admin,
      sink: this.#sink,
      topic: this.name,
      replicationFactor: 1,
      signal: AbortSignal.timeout(DEADLINE_MS),
    };
  }
}
