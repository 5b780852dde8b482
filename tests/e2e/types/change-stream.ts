import type { RecordSink } from '@quicksilver/kafka/ports';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { testBroker } from '@quicksilver/testkit/broker';
import type { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import {
  AVRO_ENVELOPE_SCHEMA,
  AVRO_KEY_SCHEMA,
  AVRO_SCHEMA_CHANGE_SCHEMA,
  encodeChange,
  type ChangeEncoding,
  type ChangeEvent,
  type ChangeSchemaIds,
  type CustomerRow,
} from '@quicksilver/testkit/registry/change-events';

const WRITE_MS = 90_000;

const customer = (id: number, name: string, credit: number): CustomerRow => ({
  id,
  name,
  credit,
  since: 1_764_000_000_000_000 + id,
});
const ADA = customer(1, 'Ada', 1_050);
const BOB = customer(2, 'Bob', -99);
const EVE = customer(3, 'Eve "the \\ third"', 0);
const TIM = customer(4, 'Tim', 7);

/** A snapshot, and what happens to the table until it is truncated. */
export const BEFORE_TRUNCATION: readonly ChangeEvent[] = [
  { op: 'r', after: ADA },
  { op: 'r', after: BOB },
  { op: 'r', after: EVE },
  { op: 'schema change' },
  { op: 'c', after: TIM },
  { op: 'u', before: BOB, after: { ...BOB, credit: 123_456_789 } },
  { op: 'u', before: null, after: { ...ADA, name: 'Ada L.' } },
  { op: 'd', before: EVE },
  { op: 'tombstone', id: 3 },
];

/** The truncation, and the rows that come after it. */
export const TRUNCATION: readonly ChangeEvent[] = [
  { op: 't' },
  { op: 'c', after: EVE },
  { op: 'c', after: BOB },
  { op: 'd', before: BOB },
  { op: 'tombstone', id: 2 },
  { op: 'c', after: customer(5, 'Zoe', 5) },
];

/** Writes the change events of one table, as a connector does. */
export class ChangeWriter implements AsyncDisposable {
  readonly #topic: string;
  readonly #encoding: ChangeEncoding;
  readonly #ids: ChangeSchemaIds | undefined;
  readonly #sink: RecordSink;

  /** Registers the schemas of Avro. */
  static async open(
    topic: string,
    encoding: ChangeEncoding,
    registry: OwnSchemaRegistry,
  ): Promise<ChangeWriter> {
    if (encoding !== 'avro') {
      return new ChangeWriter(topic, encoding);
    }
    return new ChangeWriter(topic, encoding, {
      key: await registry.register(`${topic}-key`, AVRO_KEY_SCHEMA),
      value: await registry.register(`${topic}-value`, AVRO_ENVELOPE_SCHEMA),
      schemaChange: await registry.register('shop-value', AVRO_SCHEMA_CHANGE_SCHEMA),
    });
  }

  private constructor(topic: string, encoding: ChangeEncoding, ids?: ChangeSchemaIds) {
    this.#topic = topic;
    this.#encoding = encoding;
    this.#ids = ids;
    this.#sink = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'connector',
      requestTimeoutMs: WRITE_MS,
      decompressedBytesMax: 67_108_864,
    }).sink();
  }

  /** Into this partition, one after the other. */
  async write(events: readonly ChangeEvent[], partition = 0): Promise<void> {
    const records = events.map((event) => encodeChange(event, this.#encoding, this.#ids));
    const [result] = await this.#sink.produce(
      [{ topic: this.#topic, partition, records }],
      WRITE_MS,
    );
    if (result?.ok !== true) {
      throw new Error(`the events were not written: ${JSON.stringify(result)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink.close();
  }
}
