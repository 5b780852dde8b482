import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { RecordSink } from '@quicksilver/kafka/ports';

import type { TestBroker } from './broker.ts';

const PRODUCE_MS = 30_000;

/** Writes as clients do that place keys in their own way. */
export class RawWriter implements AsyncDisposable {
  readonly #sink: RecordSink;

  constructor(broker: TestBroker) {
    this.#sink = createKafkaClient('platformatic', {
      bootstrapServers: [broker.bootstrapServer],
      clientId: 'raw-writer',
      requestTimeoutMs: PRODUCE_MS,
      decompressedBytesMax: 67_108_864,
    }).sink();
  }

  /** One record into a partition; null is a tombstone. */
  async write(topic: string, partition: number, key: string, value: string | null): Promise<void> {
    const record = { key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
    const batch = { topic, partition, records: [record] };
    const [result] = await this.#sink.produce([batch], PRODUCE_MS);
    if (result?.ok !== true) {
      throw new Error(`${key} was not written to partition ${partition}: ${result?.detail}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink.close();
  }
}
