import type { SchemaFormat } from '@quicksilver/codec/codec';
import { FORMATS } from '@quicksilver/codec/registry/formats';
import { VALUE_HEADER, withSchemaId } from '@quicksilver/codec/schema-header';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import type { RecordSink, TopicAdmin } from '@quicksilver/kafka/ports';
import type { OwnSchemaRegistry, SchemaReference } from '@quicksilver/testkit/own-schema-registry';

const WITHIN_MS = 90_000;

/** A schema of the registry, and the text that other schemas refer to. */
export interface ForeignSchema {
  readonly format: SchemaFormat;
  /** Text of Protobuf; JSON of the other formats. */
  readonly schema: unknown;
  readonly subject?: string;
  readonly references?: readonly (SchemaReference & { readonly text: string })[];
}

export interface ForeignTopic {
  readonly name: string;
  readonly partitions?: number;
  /** Values are then JSON texts. Without a schema, they are written as they are. */
  readonly schema?: ForeignSchema;
  /** Whether the id of the schema is in a record header. */
  readonly hasHeaders?: boolean;
  readonly records: readonly (readonly [key: string | Buffer, value: string | Buffer])[];
}

/** Topics that other programs created and write, on any broker. */
export class ForeignTopics implements AsyncDisposable {
  readonly #admin: TopicAdmin;
  readonly #sink: RecordSink;
  readonly #registry: OwnSchemaRegistry;

  constructor(bootstrapServer: string, registry: OwnSchemaRegistry) {
    const kafka = createKafkaClient('platformatic', {
      bootstrapServers: [bootstrapServer],
      clientId: 'foreign-topics',
      requestTimeoutMs: WITHIN_MS,
      decompressedBytesMax: 67_108_864,
    });
    this.#admin = kafka.admin();
    this.#sink = kafka.sink();
    this.#registry = registry;
  }

  async create(topic: string, partitions = 1): Promise<void> {
    const signal = AbortSignal.timeout(WITHIN_MS);
    await this.#admin.create({ topic, partitions, replicationFactor: 1 }, signal);
  }

  /** Creates the topic if it is missing, and writes the records. */
  async write(topic: ForeignTopic): Promise<void> {
    const { name, partitions = 1, schema, records, hasHeaders = false } = topic;
    await this.create(name, partitions);
    const encode = schema === undefined ? undefined : await this.#encoder(name, schema);
    const encoded = records.map(([key, text]) => {
      const { id, value } = encode?.(String(text)) ?? { id: undefined, value: Buffer.from(text) };
      const named = id === undefined ? value : withSchemaId(id, value);
      return {
        key: Buffer.from(key),
        value: hasHeaders ? value : named,
        headers:
          hasHeaders && id !== undefined ? [[VALUE_HEADER, withSchemaId(id, NONE)] as const] : [],
      };
    });
    const batches = Array.from({ length: partitions }, (_, partition) => ({
      topic: name,
      partition,
      records: encoded.filter(({ key }) => partitionOf(key, partitions) === partition),
    })).filter((batch) => batch.records.length > 0);
    const results = await this.#sink.produce(batches, WITHIN_MS);
    if (results.some(({ ok }) => !ok)) {
      throw new Error(`a record was not written: ${JSON.stringify(results)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#admin.close(), this.#sink.close()]);
  }

  async #encoder(
    topic: string,
    { format, schema, subject = `${topic}-value`, references = [] }: ForeignSchema,
  ): Promise<(json: string) => { readonly id: number; readonly value: Buffer }> {
    const { registryName, compile } = FORMATS[format];
    const id = await this.#registry.register(
      subject,
      schema,
      references.map(({ text: _text, ...reference }) => reference),
      registryName as 'AVRO' | 'PROTOBUF' | 'JSON',
    );
    const compiled = await compile({
      id,
      format: registryName,
      text: typeof schema === 'string' ? schema : JSON.stringify(schema),
      referred: references.map(({ name, text }) => ({ name, text })),
    });
    return (json) => ({ id, value: compiled.write(json) });
  }
}

const NONE = Buffer.alloc(0);
