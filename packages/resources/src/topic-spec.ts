import { AppError } from '@quicksilver/common/errors/app-error';
import { durationMs } from '@quicksilver/contracts/control/duration';

import {
  envelopeOf,
  FOREVER,
  KEEP_ALL,
  referenceOf,
  requireTypes,
  type TopicManifest,
  type TopicSpec,
} from './topic.ts';

export interface TopicSpecOptions {
  readonly defaults: { readonly partitions: number; readonly replicationFactor: number };
  /** Whether the topic's mirror keeps a range index. */
  readonly hasRange: boolean;
  /** The topic in Kafka, if it already exists. */
  readonly kafkaTopic: { readonly partitions: number; readonly policy?: string } | undefined;
  /** SDL of the type of the values, if they have a schema. */
  readonly schema: string | undefined;
  /** SDL of the type of the keys, if they have a schema. */
  readonly keySdl?: string | undefined;
  /** What the keys are, if they have a schema of the registry. */
  readonly keyForm?: TopicSpec['keyForm'] | undefined;
}

/** Builds the spec of a new topic. Throws `AppError` if it is invalid. */
export function toTopicSpec(
  name: string,
  manifest: TopicManifest,
  facts: TopicSpecOptions,
): TopicSpec {
  const { defaults, kafkaTopic, schema, keySdl, keyForm } = facts;
  const { keyType, valueType } = requireTypes(name, manifest);
  const { schema: valueSchema, keySchema, recordNames, partitioner } = manifest;
  if (
    kafkaTopic !== undefined &&
    (manifest.partitions ?? kafkaTopic.partitions) !== kafkaTopic.partitions
  ) {
    throw new AppError(
      'CANNOT_CHANGE',
      `Topic ${name} has ${kafkaTopic.partitions} partitions in Kafka, and the request has ${manifest.partitions}. Use ${kafkaTopic.partitions}, or leave the number out.`,
    );
  }
  if (manifest.immutable === true && kafkaTopic?.policy?.includes('compact') === true) {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} cannot be immutable, because Kafka compacts it (cleanup.policy=${kafkaTopic.policy}). Compaction drops the first value of a key, which is the valid one. ${KEEP_ALL} Or register it without immutable.`,
    );
  }
  const envelope = envelopeOf(manifest);
  const writeType = manifest.immutable === true ? 'IMMUTABLE' : 'MUTABLE';
  return {
    keyType,
    valueType,
    ...(recordNames === true ? { recordNames } : {}),
    ...(envelope === undefined ? {} : { envelope }),
    writeType,
    ...(keyForm === undefined ? {} : { keyForm }),
    ...subjectsIn(manifest),
    ...(keySchema === undefined ? {} : { keySchema: referenceOf(keySchema) }),
    ...(keySchema === undefined || keySdl === undefined ? {} : { keySdl }),
    ...(valueSchema === undefined || schema === undefined
      ? {}
      : { valueSchema: referenceOf(valueSchema), schema }),
    partitions: kafkaTopic?.partitions ?? manifest.partitions ?? defaults.partitions,
    ...(partitioner === undefined ? {} : { partitioner }),
    replicationFactor: manifest.replication ?? defaults.replicationFactor,
    configs: kafkaTopic === undefined ? configsOf(name, manifest, facts.hasRange) : {},
    isRegistered: kafkaTopic !== undefined,
  };
}

/** Absent for the TopicNameStrategy. */
export function subjectsIn({
  keySubjectNameStrategy: keys,
  keyRecords,
  valueSubjectNameStrategy: values,
  valueRecords,
}: TopicManifest): Pick<TopicSpec, 'keySubjects' | 'valueSubjects'> {
  return {
    ...(keys === undefined || keyRecords === undefined
      ? {}
      : { keySubjects: { strategy: keys, records: [...keyRecords] } }),
    ...(values === undefined || valueRecords === undefined
      ? {}
      : { valueSubjects: { strategy: values, records: [...valueRecords] } }),
  };
}

/** The members of a manifest that `subjectsIn` reads. */
export function subjectMembers({ keySubjects, valueSubjects }: TopicSpec): SubjectMembers {
  return {
    ...(keySubjects && {
      keySubjectNameStrategy: keySubjects.strategy,
      keyRecords: keySubjects.records,
    }),
    ...(valueSubjects && {
      valueSubjectNameStrategy: valueSubjects.strategy,
      valueRecords: valueSubjects.records,
    }),
  };
}

type SubjectMembers = Pick<
  TopicManifest,
  'keySubjectNameStrategy' | 'keyRecords' | 'valueSubjectNameStrategy' | 'valueRecords'
>;

/**
 * A table keeps the last value of each key. Compaction would drop records that other topics need:
 * the first value of a key in an immutable topic, and older versions in a range.
 */
function configsOf(
  name: string,
  { immutable = false, retention = FOREVER, configs: overrides = {} }: TopicManifest,
  hasRange: boolean,
): Readonly<Record<string, string>> {
  const keepsAll = immutable || hasRange;
  if (hasRange && overrides['cleanup.policy']?.includes('compact') === true) {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} cannot have cleanup.policy=${overrides['cleanup.policy']}, because its mirror has a range field and compaction would drop records. Leave cleanup.policy out.`,
    );
  }
  const isForever = retention === FOREVER;
  const policy = keepsAll ? 'delete' : isForever ? 'compact' : 'compact,delete';
  return {
    'cleanup.policy': policy,
    'retention.ms': isForever ? '-1' : String(durationMs(retention) ?? -1),
    ...overrides,
  };
}

/** Fields that the manifest would change in an existing topic. None of them can change. */
export function changesOf(spec: TopicSpec, manifest: TopicManifest, nextSpec: TopicSpec): string[] {
  const changes: string[] = [];
  const compare = (field: keyof TopicManifest, before: unknown, after: unknown): void => {
    if (manifest[field] !== undefined && JSON.stringify(before) !== JSON.stringify(after)) {
      changes.push(`${field} (${show(before)} to ${show(after)})`);
    }
  };
  compare('key', spec.keyType, nextSpec.keyType);
  compare('value', spec.valueType, nextSpec.valueType);
  compare('value', spec.envelope, nextSpec.envelope);
  compare('recordNames', spec.recordNames ?? false, nextSpec.recordNames ?? false);
  compare('keySubjectNameStrategy', spec.keySubjects, nextSpec.keySubjects);
  compare('valueSubjectNameStrategy', spec.valueSubjects, nextSpec.valueSubjects);
  compare('schema', spec.valueSchema, nextSpec.valueSchema);
  compare('keySchema', spec.keySchema, nextSpec.keySchema);
  compare('partitions', spec.partitions, manifest.partitions);
  compare('partitioner', spec.partitioner, nextSpec.partitioner);
  compare('immutable', spec.writeType, nextSpec.writeType);
  if (!spec.isRegistered) {
    compare('replication', spec.replicationFactor, nextSpec.replicationFactor);
    compare('retention', spec.configs['retention.ms'], nextSpec.configs['retention.ms']);
    for (const [config, value] of Object.entries(manifest.configs ?? {})) {
      if (spec.configs[config] !== value) {
        changes.push(`${config} (${show(spec.configs[config])} to ${value})`);
      }
    }
  }
  return changes;
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? 'none' : JSON.stringify(value);
}
