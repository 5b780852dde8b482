import { AppError } from '@quicksilver/common/errors/app-error';
import { isSchemaFormat, type SchemaFormat } from '@quicksilver/codec/codec';
import { FORMATS } from '@quicksilver/codec/registry/formats';
import type { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { requireTypes, type TopicManifest } from '@quicksilver/resources/topic';

export interface SubjectOptions {
  /** Whether the topic already exists. */
  readonly isInKafka: boolean;
  /** Undefined if no schema registry is configured. */
  readonly registry: Pick<SchemaRegistry, 'latest'> | undefined;
}

/**
 * Requires that the topic and its schema exist if its values have a schema of the registry, because
 * the manager cannot create them yet. A topic with record names needs no subject, nor do values of
 * JSON Schema, which are read without it. Producers with the RecordNameStrategy register each
 * record under its own name. Throws `AppError` if the topic or the schema is missing, or if the
 * registry does not respond.
 */
export async function requireSubject(
  topic: string,
  manifest: TopicManifest,
  { isInKafka, registry }: SubjectOptions,
): Promise<void> {
  const { valueType: format } = requireTypes(topic, manifest);
  if (!isSchemaFormat(format)) {
    return;
  }
  const invalid = (why: string, cause?: unknown): AppError =>
    invalidValues(topic, format, why, cause);
  if (registry === undefined) {
    throw invalid(
      'this deployment has no schema registry. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL for the manager and restart it',
    );
  }
  if (!isInKafka) {
    throw invalid(
      'it does not exist in Kafka, and the manager cannot create topics whose values have a schema of the registry yet. Create it in Kafka, let a producer register its schema, then register the topic with "register": true',
    );
  }
  const subject = `${topic}-value`;
  const schema = await registry.latest(subject);
  if (schema === undefined && (manifest.recordNames === true || format === 'JSON_SCHEMA')) {
    return;
  }
  if (schema === undefined) {
    throw invalid(
      `the schema registry has no subject ${subject}. Register the schema of its values under that name. If producers register each record under its own name, set "recordNames": true`,
    );
  }
  const { registryName, compile } = FORMATS[format];
  if (schema.format !== registryName) {
    throw invalid(`subject ${subject} in the schema registry has format ${schema.format}`);
  }
  try {
    const compiled = await compile(schema);
    compiled.prepareWrite?.();
  } catch (error) {
    if (error instanceof AppError) {
      throw invalid(`the schema of subject ${subject} is invalid. ${error.message}`, error);
    }
    throw error;
  }
}

function invalidValues(topic: string, format: SchemaFormat, why: string, cause: unknown): AppError {
  const word = format.toLowerCase().replace('_', '-');
  const detail = `Topic ${topic} cannot have values of type ${word}: ${why.replace(/\.$/, '')}.`;
  return new AppError('INVALID_SPEC', detail, { cause });
}
