import { AppError } from '@quicksilver/common/errors/app-error';
import type { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';

import type { TopicManifest } from './topic-manifest.ts';

/**
 * With Quick `schema` means the format of the deployment, which is Avro here. Where a type of a gateway
 * is named too it describes new values, which are JSON; where a topic is registered that has values
 * already, their schema is in the registry.
 */
export function ofRegistry(manifest: TopicManifest): TopicManifest {
  const isOfRegistry =
    manifest.value === 'SCHEMA' && manifest.schema === undefined && manifest.register === true;
  return isOfRegistry ? { ...manifest, value: 'AVRO' } : manifest;
}

export interface SubjectOptions {
  /** Whether the topic is there already. */
  readonly isInKafka: boolean;
  /** Whether records are told apart by their names, so that their schemas may be subjects by name. */
  readonly recordNames: boolean;
  /** Undefined where the manager was told of none. */
  readonly registry: Pick<SchemaRegistry, 'latest'> | undefined;
}

/**
 * Topics and schemas of Avro are not made here yet, so both have to be there. A
 * topic with record names may do without a subject of its own: producers with the RecordNameStrategy
 * register each record under its own name.
 * Throws `AppError` where something of it is missing, or where the registry cannot be asked.
 */
export async function requireSubject(
  topic: string,
  { isInKafka, recordNames, registry }: SubjectOptions,
): Promise<void> {
  if (registry === undefined) {
    throw invalid(
      topic,
      'this deployment has no schema registry. Set QUICK_KAFKA_SCHEMA_REGISTRY_URL of the manager and start it again',
    );
  }
  if (!isInKafka) {
    throw invalid(
      topic,
      'it is not in Kafka, and topics with Avro values are not created here yet. Create it there, let a producer register its schema, and register it here with "register": true',
    );
  }
  const subject = `${topic}-value`;
  const found = await registry.latest(subject);
  if (found === undefined && recordNames) {
    return;
  }
  if (found === undefined) {
    throw invalid(
      topic,
      `the schema registry has no subject ${subject}. Register the schema of its values under that name; or, where producers register each record under its own name, say "recordNames": true`,
    );
  }
  if (found.format !== 'AVRO') {
    throw invalid(
      topic,
      `subject ${subject} of the schema registry has the format ${found.format}`,
    );
  }
  const { parseAvroSchema } = await import('@quicksilver/codec/avro/avro-schema');
  try {
    parseAvroSchema(found.text, found.referred);
  } catch (error) {
    if (error instanceof AppError) {
      throw invalid(topic, `of subject ${subject}: ${error.message}`, error);
    }
    throw error;
  }
}

function invalid(topic: string, why: string, cause?: unknown): AppError {
  const detail = `Topic ${topic} cannot have values of type avro: ${why.replace(/\.$/, '')}.`;
  return new AppError('INVALID_SPEC', detail, { cause });
}
