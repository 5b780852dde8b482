import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { RecordSink } from '@quicksilver/kafka/ports';
import { AVRO_LONG } from '@quicksilver/testkit/avro-long';
import { testBroker } from '@quicksilver/testkit/broker';
import avsc, { type Schema, type Type } from 'avsc';

const PRODUCE_MS = 90_000;

export function avroType(schema: unknown): Type {
  return avsc.Type.forSchema(schema as Schema, {
    wrapUnions: 'always',
    registry: { long: AVRO_LONG },
  });
}

/** Confluent's wire format: a zero byte, the schema's id, the value. */
export function avroBytes(id: number, type: Type, value: unknown): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, type.toBuffer(value)]);
}

/** A third-party writer, with text keys or the bytes of keys. */
export class ForeignProducer implements AsyncDisposable {
  readonly #sink: RecordSink;
  readonly #partitions: number;

  constructor(partitions: number) {
    this.#partitions = partitions;
    this.#sink = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'foreign-producer',
      requestTimeoutMs: PRODUCE_MS,
      decompressedBytesMax: 67_108_864,
    }).sink();
  }

  async write(
    topic: string,
    records: readonly (readonly [string | Buffer, Buffer | null])[],
    headers: readonly (readonly [string, Buffer])[] = [],
  ): Promise<void> {
    const batches = Array.from({ length: this.#partitions }, (_, partition) => ({
      topic,
      partition,
      records: records
        .map(([key, value]) => ({
          key: typeof key === 'string' ? Buffer.from(key) : key,
          value,
          headers,
        }))
        .filter(({ key }) => partitionOf(key, this.#partitions) === partition),
    })).filter((batch) => batch.records.length > 0);
    const results = await this.#sink.produce(batches, PRODUCE_MS);
    if (results.some(({ ok }) => !ok)) {
      throw new Error(`a record was not written: ${JSON.stringify(results)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink.close();
  }
}
