import type { DataType } from '@quicksilver/common/codec/codec';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import { ensureTopicRegistry, registerTopic } from '@quicksilver/common/topics/register-topic';

import { DevError } from '../dev/dev-error.ts';
import type { ProjectFile, ProjectTopic } from '../project/project-schema.ts';

export interface RegisterTopicsOptions {
  readonly topics: NonNullable<ProjectFile['topics']>;
  readonly kafka: KafkaClient;
  readonly registryTopic: string;
  /** -1 leaves it to the broker. */
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}

const WITHIN_MS = 30_000;
const CONFIGS = { 'cleanup.policy': 'compact' };
const PARTITIONS = 3;

const TYPES: Readonly<Record<ProjectTopic['value'], DataType | undefined>> = {
  string: 'STRING',
  int: 'INTEGER',
  integer: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  json: 'JSON',
  // Described by a gateway or the schema registry, which the manager knows.
  schema: undefined,
  avro: undefined,
};

/** Without a manager: creates the topics of a project where they are missing, and makes them known. */
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
      const [keyType, valueType] = [TYPES[key], TYPES[value]];
      if (keyType === undefined || valueType === undefined) {
        throw new Error(`the values of ${name} are of type ${value}, which needs a manager`);
      }
      const writeType = immutable === true ? ('IMMUTABLE' as const) : ('MUTABLE' as const);
      await registerTopic({ name, keyType, valueType, partitions, writeType }, CONFIGS, register);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw new DevError(`The topics could not be created: ${String(error)}.`, {
      whatToDo: 'Kafka’s answer says why; a topic of the same name may be in other hands.',
      cause: error,
    });
  } finally {
    await Promise.all([admin.close(), sink.close()]);
  }
}
