import type { DataType } from '@quicksilver/codec/codec';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import type { ProjectResource } from '@quicksilver/resources/kinds';
import { ensureTopicRegistry, registerTopic } from '@quicksilver/contracts/topics/register-topic';

import { CliError } from '../output/cli-error.ts';
import type { ProjectFile } from '../project/project-schema.ts';

export interface RegisterTopicsOptions {
  readonly topics: NonNullable<ProjectFile['topics']>;
  readonly kafka: KafkaClient;
  readonly registryTopic: string;
  /** -1 means the default of the broker. */
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}

const WITHIN_MS = 30_000;
const CONFIGS = { 'cleanup.policy': 'compact' };
const PARTITIONS = 3;

const TYPES: Readonly<
  Record<Extract<ProjectResource<'topics'>['value'], string>, DataType | undefined>
> = {
  string: 'STRING',
  int: 'INTEGER',
  integer: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  json: 'JSON',
  short: 'SHORT',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  bytes: 'BYTES',
  uuid: 'UUID',
  // Only the manager knows these types, from a gateway or the schema registry.
  schema: undefined,
  avro: undefined,
  protobuf: undefined,
  'json-schema': undefined,
};

/** Creates the missing topics of a project and registers all of them, without a manager. */
export async function registerProjectTopics(options: RegisterTopicsOptions): Promise<void> {
  const { topics, kafka, registryTopic, replicationFactor } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(WITHIN_MS)]);
  const admin = kafka.admin();
  const sink = kafka.sink();
  try {
    const register = { admin, sink, registryTopic, replicationFactor, signal };
    await ensureTopicRegistry(register);
    for (const [name, { key, value, partitions = PARTITIONS, immutable }] of Object.entries(
      topics,
    )) {
      const [keyType, valueType] = [
        TYPES[key],
        typeof value === 'string' ? TYPES[value] : undefined,
      ];
      if (keyType === undefined || valueType === undefined) {
        const type = typeof value === 'string' ? value : JSON.stringify(value);
        throw new Error(`the values of ${name} have the type ${type}, which requires a manager`);
      }
      const writeType = immutable === true ? ('IMMUTABLE' as const) : ('MUTABLE' as const);
      await registerTopic({ name, keyType, valueType, partitions, writeType }, CONFIGS, register);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw new CliError(`The topics could not be created: ${String(error)}.`, {
      code: 'TOPICS_NOT_CREATED',
      hint: 'Check the answer of Kafka above. Another system may use a topic of the same name.',
      cause: error,
    });
  } finally {
    await Promise.all([admin.close(), sink.close()]);
  }
}
