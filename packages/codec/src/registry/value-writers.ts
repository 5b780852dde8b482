import type { Codec, SchemaFormat } from '../codec.ts';
import { withSchemaId } from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { FORMATS } from './formats.ts';
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
  async writerOf(topic: string, format: SchemaFormat): Promise<ValueWriter> {
    if (this.#registry === undefined) {
      throw noRegistry();
    }
    return writerBy(topic, format, await this.#registry.latest(`${topic}-value`));
  }
}

/** The writer for a topic by the schema of its subject. Rejects as `ValueWriters.writerOf`. */
export async function writerBy(
  topic: string,
  format: SchemaFormat,
  schema: RegisteredSchema | undefined,
): Promise<ValueWriter> {
  const subject = `${topic}-value`;
  if (schema === undefined) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `Values of topic ${topic} have type ${format}, but the schema registry has no subject ${subject}. Register their schema under that name, or write with a Kafka client that uses the registry.`,
    );
  }
  const { registryName, compile } = FORMATS[format];
  if (schema.format !== registryName) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `Values of topic ${topic} have type ${format}, but subject ${subject} has the format ${schema.format}.`,
    );
  }
  const compiled = await compile(schema);
  compiled.prepareWrite?.();
  return { fromJson: (json) => withSchemaId(schema.id, compiled.write(json)) };
}
