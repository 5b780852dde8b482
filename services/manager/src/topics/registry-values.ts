import { AppError } from '@quicksilver/common/errors/app-error';
import { isSchemaFormat, type SchemaFormat } from '@quicksilver/codec/codec';
import { formMismatch, type KeyForm } from '@quicksilver/codec/key-form';
import { FORMATS } from '@quicksilver/codec/registry/formats';
import type { MessageSchema } from '@quicksilver/codec/message-schema';
import type { RegisteredSchema, SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { subjectsOf } from '@quicksilver/codec/registry/subject-names';
import { requireTypes, type TopicManifest } from '@quicksilver/resources/topic';
import { subjectsIn } from '@quicksilver/resources/topic-spec';

export interface SubjectOptions {
  /** Whether the topic already exists. */
  readonly isInKafka: boolean;
  /** Undefined if no schema registry is configured. */
  readonly registry: Pick<SchemaRegistry, 'latest' | 'versions'> | undefined;
}

/** The keys or the values of a topic, if they have schemas of the registry. */
interface Side {
  readonly topic: string;
  readonly side: 'key' | 'value';
  readonly format: SchemaFormat;
  readonly subjects: readonly string[];
}

/**
 * Requires that the topic and its schemas exist if its keys or values have a schema of the
 * registry, because the manager cannot create them yet. Values need no subject if the topic has
 * record names, nor if they are JSON Schema, which is read without it. Producers with the
 * RecordNameStrategy register each record under its own name. Resolves to the form of the keys, or
 * to undefined if they have no schema. Throws `AppError` if the topic or a schema is missing, if
 * versions of a key would be several keys, or if the registry does not respond.
 */
export async function requireSubjects(
  topic: string,
  manifest: TopicManifest,
  { isInKafka, registry }: SubjectOptions,
): Promise<KeyForm | undefined> {
  const { keyType, valueType } = requireTypes(topic, manifest);
  const { keySubjects, valueSubjects } = subjectsIn(manifest);
  const sideOf = (side: Side['side'], format: SchemaFormat): Side => {
    const names = side === 'key' ? keySubjects : valueSubjects;
    const subjects = subjectsOf({ topic, side, ...names }).map(({ subject }) => subject);
    return { topic, side, format, subjects };
  };
  const keys = isSchemaFormat(keyType) ? sideOf('key', keyType) : undefined;
  const values = isSchemaFormat(valueType) ? sideOf('value', valueType) : undefined;
  const either = values ?? keys;
  if (either === undefined) {
    return undefined;
  }
  if (registry === undefined) {
    throw invalidSide(
      either,
      'this deployment has no schema registry. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL for the manager and restart it',
    );
  }
  if (!isInKafka) {
    throw invalidSide(
      either,
      `it does not exist in Kafka, and the manager cannot create topics whose ${either.side}s have a schema of the registry yet. Create it in Kafka, let a producer register its schema, then register the topic with "register": true`,
    );
  }
  if (values !== undefined) {
    await requireValues(values, manifest.recordNames === true, registry);
  }
  return keys && formOfKeys(keys, registry);
}

async function requireValues(
  values: Side,
  hasRecordNames: boolean,
  registry: Pick<SchemaRegistry, 'latest'>,
): Promise<void> {
  for (const subject of values.subjects) {
    const schema = await registry.latest(subject);
    if (schema === undefined) {
      if (hasRecordNames || values.format === 'JSON_SCHEMA') {
        continue;
      }
      throw invalidSide(
        values,
        `the schema registry has no subject ${subject}. Register the schema of its values under that name. If producers register each record under its own name, set "recordNames": true`,
      );
    }
    const compiled = await compiledOf(values, subject, schema);
    usable(values, subject, () => compiled.prepareWrite?.());
  }
}

/** The form of the newest version. Each other version must have it too. */
async function formOfKeys(
  keys: Side,
  registry: Pick<SchemaRegistry, 'versions'>,
): Promise<KeyForm> {
  let form: KeyForm | undefined;
  for (const subject of keys.subjects) {
    const versions = await registry.versions(subject);
    if (versions.length === 0) {
      throw invalidSide(
        keys,
        `the schema registry has no subject ${subject}. Register the schema of its keys under that name. If producers name subjects by another strategy, set "keySubjectNameStrategy" and "keyRecords"`,
      );
    }
    for (const schema of versions) {
      const compiled = await compiledOf(keys, subject, schema);
      const next = usable(keys, subject, () => compiled.keyForm());
      const mismatch = form && formMismatch(form, next);
      if (mismatch !== undefined) {
        throw invalidSide(
          keys,
          `keys of the schema ${schema.id} of subject ${subject} would be other keys than those of a newer schema: ${mismatch}. Delete the version if no record has it, or copy the records to a new topic`,
        );
      }
      form ??= next;
    }
  }
  if (form === undefined) {
    throw invalidSide(keys, 'no record is named');
  }
  return form;
}

async function compiledOf(
  side: Side,
  subject: string,
  schema: RegisteredSchema,
): Promise<MessageSchema> {
  const { registryName, compile } = FORMATS[side.format];
  if (schema.format !== registryName) {
    throw invalidSide(
      side,
      `subject ${subject} in the schema registry has format ${schema.format}`,
    );
  }
  try {
    return await compile(schema);
  } catch (error) {
    throw asInvalid(side, subject, error);
  }
}

function usable<T>(side: Side, subject: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw asInvalid(side, subject, error);
  }
}

function asInvalid(side: Side, subject: string, error: unknown): unknown {
  return error instanceof AppError
    ? invalidSide(side, `the schema of subject ${subject} is invalid. ${error.message}`, error)
    : error;
}

function invalidSide({ topic, side, format }: Side, why: string, cause?: unknown): AppError {
  const word = format.toLowerCase().replace('_', '-');
  const detail = `Topic ${topic} cannot have ${side}s of type ${word}: ${why.replace(/\.$/, '')}.`;
  return new AppError('INVALID_SPEC', detail, { cause });
}
