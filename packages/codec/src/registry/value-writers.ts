import type { Codec } from '../codec.ts';
import { withSchemaId } from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { RegisteredSchema } from './schema-registry.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { noRegistry, type ValueReadersOptions } from './value-readers.ts';

export type ValueWriter = Pick<Codec, 'fromJson'>;

/**
 * What writes the values of topics whose schemas are in a registry: as the newest schema of the
 * subject `<topic>-value`, in Confluent's wire format.
 */
export class ValueWriters implements Part {
  readonly name = 'schema registry';
  readonly #registry: SchemaRegistry | undefined;

  constructor({
    schemaRegistry: address,
    schemaRegistryTimeoutMs: timeoutMs,
  }: ValueReadersOptions) {
    this.#registry = address && new SchemaRegistry({ address, timeoutMs });
  }

  async start(): Promise<void> {
    // Asked when a topic is written to.
  }

  async stop(): Promise<void> {
    await this.#registry?.stop();
  }

  /** Rejects with `AppError`: REGISTRY_UNAVAILABLE, or NOT_IMPLEMENTED where the subject cannot be used. */
  async writerOf(topic: string): Promise<ValueWriter> {
    if (this.#registry === undefined) {
      throw noRegistry();
    }
    return writerBy(topic, await this.#registry.latest(`${topic}-value`));
  }
}

/** The writer for a topic by what its subject holds. Rejects as `ValueWriters.writerOf` does. */
export async function writerBy(
  topic: string,
  schema: RegisteredSchema | undefined,
): Promise<ValueWriter> {
  const what = `values of topic ${topic} are of type AVRO`;
  if (schema === undefined) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `The ${what}, and the schema registry has no subject ${topic}-value, by which they would be written. Register their schema under that name, or write with a Kafka client that knows the registry.`,
    );
  }
  const { id, format, text, referred } = schema;
  if (format !== 'AVRO') {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `The ${what}, but subject ${topic}-value has the format ${format}.`,
    );
  }
  // As for readers: most processes never need it.
  const { parseAvroSchema } = await import('../avro/avro-schema.ts');
  const avro = parseAvroSchema(text, referred);
  return { fromJson: (json) => withSchemaId(id, avro.write(json)) };
}
