import type { Codec } from '../codec.ts';
import { withSchemaId } from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { RegisteredSchema } from './schema-registry.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { noRegistry, type ValueReadersOptions } from './value-readers.ts';

export type ValueWriter = Pick<Codec, 'fromJson'>;

/**
 * Writes values with the newest schema of the subject `<topic>-value`, in Confluent's wire format.
 */
export class ValueWriters implements Part {
  readonly name = 'schema registry';
  readonly #registry: SchemaRegistry | undefined;

  constructor({
    schemaRegistry: addresses,
    schemaRegistryTimeoutMs: timeoutMs,
    schemaRegistrySecurity: security,
  }: ValueReadersOptions) {
    this.#registry = addresses && new SchemaRegistry({ addresses, timeoutMs, security });
  }

  async start(): Promise<void> {
    // The first write to a topic contacts the registry.
  }

  async stop(): Promise<void> {
    await this.#registry?.stop();
  }

  /**
   * Rejects with `AppError`: REGISTRY_UNAVAILABLE, or NOT_IMPLEMENTED if the subject is unusable.
   */
  async writerOf(topic: string): Promise<ValueWriter> {
    if (this.#registry === undefined) {
      throw noRegistry();
    }
    return writerBy(topic, await this.#registry.latest(`${topic}-value`));
  }
}

/** The writer for a topic by the schema of its subject. Rejects as `ValueWriters.writerOf`. */
export async function writerBy(
  topic: string,
  schema: RegisteredSchema | undefined,
): Promise<ValueWriter> {
  const subject = `${topic}-value`;
  if (schema === undefined) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `Values of topic ${topic} have type AVRO, but the schema registry has no subject ${subject}. Register their schema under that name, or write with a Kafka client that uses the registry.`,
    );
  }
  const { id, format, text, referred } = schema;
  if (format !== 'AVRO') {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `Values of topic ${topic} have type AVRO, but subject ${subject} has the format ${format}.`,
    );
  }
  // Loaded at first use, because most processes never write Avro.
  const { parseMessageSchema } = await import('../avro/message-schema.ts');
  const avro = parseMessageSchema(text, referred);
  return { fromJson: (json) => withSchemaId(id, avro.write(json)) };
}
