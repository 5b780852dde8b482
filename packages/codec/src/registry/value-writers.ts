import type { Codec, SchemaFormat } from '../codec.ts';
import { memberOf, splitObject, unquote } from '../json-text.ts';
import { TYPE_NAME } from '../message-schema.ts';
import { withSchemaId } from '../schema-header.ts';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { FORMATS } from './formats.ts';
import { keyWriterOf } from './key-writer.ts';
import type { RegisteredSchema } from './schema-registry.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { subjectsOf, type SubjectUse } from './subject-names.ts';
import { noRegistry, type ValueReadersOptions } from './value-readers.ts';

export type ValueWriter = Pick<Codec, 'fromJson'>;

/** What is written: the keys or the values of a topic, in a format. */
export interface WriterUse extends SubjectUse {
  readonly format: SchemaFormat;
}

/**
 * Writes keys and values with the newest schemas of their subjects, in Confluent's wire format. It
 * never registers a schema.
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
   * Rejects with `AppError`: REGISTRY_UNAVAILABLE, or NOT_IMPLEMENTED if a subject is unusable.
   */
  async writerOf(use: WriterUse): Promise<ValueWriter> {
    if (this.#registry === undefined) {
      throw noRegistry();
    }
    const registry = this.#registry;
    return writerBy(use, (subject) => registry.latest(subject));
  }
}

/** The writer by the newest schema of each subject. Rejects as `ValueWriters.writerOf`. */
export async function writerBy(
  use: WriterUse,
  latest: (subject: string) => Promise<RegisteredSchema | undefined>,
): Promise<ValueWriter> {
  const writers = new Map<string, ValueWriter>();
  for (const { subject, record } of subjectsOf(use)) {
    writers.set(record ?? '', await writerOfSubject(use, subject, await latest(subject)));
  }
  const [first] = writers.values();
  if (first === undefined) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `The ${use.side}s of topic ${use.topic} have the ${use.strategy}, but no record is named. Register the topic with the names of its records.`,
    );
  }
  return writers.size === 1
    ? first
    : { fromJson: (json) => chosenWriter(json, writers, use).fromJson(json) };
}

/** The writer of the record that `__typename` names, with or without its namespace. */
function chosenWriter(
  json: string,
  writers: ReadonlyMap<string, ValueWriter>,
  { side }: SubjectUse,
): ValueWriter {
  const member = memberOf(splitObject(json) ?? [], TYPE_NAME);
  const name = member?.startsWith('"') === true ? unquote(member) : '';
  const fitting = [...writers].filter(
    ([record]) => record === name || (name !== '' && record.endsWith(`.${name}`)),
  );
  const [only, second] = fitting;
  if (only === undefined || second !== undefined) {
    throw new AppError(
      'SCHEMA_MISMATCH',
      `${side}.${TYPE_NAME}: expected one of ${[...writers.keys()].join(', ')}, found ${member ?? 'none'}.`,
    );
  }
  return only[1];
}

async function writerOfSubject(
  { topic, side, format }: WriterUse,
  subject: string,
  schema: RegisteredSchema | undefined,
): Promise<ValueWriter> {
  const sides = side === 'key' ? 'Keys' : 'Values';
  if (schema === undefined) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `${sides} of topic ${topic} have type ${format}, but the schema registry has no subject ${subject}. Register their schema under that name, or write with a Kafka client that uses the registry.`,
    );
  }
  const { registryName, compile } = FORMATS[format];
  if (schema.format !== registryName) {
    throw new AppError(
      'NOT_IMPLEMENTED',
      `${sides} of topic ${topic} have type ${format}, but subject ${subject} has the format ${schema.format}.`,
    );
  }
  const compiled = await compile(schema);
  compiled.prepareWrite?.();
  const writer: ValueWriter = {
    fromJson: (json) => withSchemaId(schema.id, compiled.write(json)),
  };
  return side === 'value'
    ? writer
    : keyWriterOf(writer, format === 'JSON_SCHEMA' ? undefined : compiled.keyForm().keySchema);
}
