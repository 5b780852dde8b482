import { AppError } from '@quicksilver/common/errors/app-error';
import type { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';

export interface SubjectOptions {
  /** Whether the topic already exists. */
  readonly isInKafka: boolean;
  /**
   * Whether records are distinguished by name, so that the subjects of their schemas may be record
   * names.
   */
  readonly recordNames: boolean;
  /** Undefined if no schema registry is configured. */
  readonly registry: Pick<SchemaRegistry, 'latest'> | undefined;
}

/**
 * Requires that the topic and its Avro schema exist, because the manager cannot create them yet. A
 * topic with record names needs no subject. Producers with the RecordNameStrategy register each
 * record under its own name. Throws `AppError` if the topic or the schema is missing, or if the
 * registry does not respond.
 */
export async function requireSubject(
  topic: string,
  { isInKafka, recordNames, registry }: SubjectOptions,
): Promise<void> {
  if (registry === undefined) {
    throw invalid(
      topic,
      'this deployment has no schema registry. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL for the manager and restart it',
    );
  }
  if (!isInKafka) {
    throw invalid(
      topic,
      'it does not exist in Kafka, and the manager cannot create topics with Avro values yet. Create it in Kafka, let a producer register its schema, then register the topic with "register": true',
    );
  }
  const subject = `${topic}-value`;
  const schema = await registry.latest(subject);
  if (schema === undefined && recordNames) {
    return;
  }
  if (schema === undefined) {
    throw invalid(
      topic,
      `the schema registry has no subject ${subject}. Register the schema of its values under that name. If producers register each record under its own name, set "recordNames": true`,
    );
  }
  if (schema.format !== 'AVRO') {
    throw invalid(topic, `subject ${subject} in the schema registry has format ${schema.format}`);
  }
  const { parseAvroSchema } = await import('@quicksilver/codec/avro/avro-schema');
  try {
    parseAvroSchema(schema.text, schema.referred);
  } catch (error) {
    if (error instanceof AppError) {
      throw invalid(topic, `the schema of subject ${subject} is invalid. ${error.message}`, error);
    }
    throw error;
  }
}

function invalid(topic: string, why: string, cause?: unknown): AppError {
  const detail = `Topic ${topic} cannot have values of type avro: ${why.replace(/\.$/, '')}.`;
  return new AppError('INVALID_SPEC', detail, { cause });
}
