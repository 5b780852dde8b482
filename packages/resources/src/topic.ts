import {
  type QuickType,
  type QuickValueType,
  type Resource,
  type TopicSpec,
  type TypeReference,
} from '@quicksilver/contracts/control/resource';
import { AppError } from '@quicksilver/common/errors/app-error';
import { z } from 'zod';

import { duration } from './mirror.ts';

/**
 * The order matters. With cleanup.policy=delete and the default retention, Kafka could delete old
 * records at once.
 */
export const KEEP_ALL =
  'Set retention.ms=-1 and retention.bytes=-1 first, then cleanup.policy=delete.';

const TYPES: Readonly<Record<string, QuickType>> = {
  string: 'STRING',
  int: 'INTEGER',
  integer: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  json: 'JSON',
  schema: 'SCHEMA',
};

const VALUE_TYPES: Readonly<Record<string, QuickValueType>> = { ...TYPES, avro: 'AVRO' };

/** The type names of bakdata Quick and of its CLI, in any case. */
const typeOf = <T extends QuickValueType>(
  types: Readonly<Record<string, T>>,
  expected: string,
): z.ZodType<T, string> =>
  z
    .string()
    .meta({ examples: Object.keys(types) })
    .transform((text, context): T => {
      const type = Object.hasOwn(types, text.toLowerCase()) ? types[text.toLowerCase()] : undefined;
      if (type === undefined) {
        const message = `expected ${expected}, found ${text.slice(0, 40)}`;
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
      return type;
    });

export const keyTypeName = typeOf(TYPES, 'string, int, long, double, json or schema');
export const valueTypeName = typeOf(VALUE_TYPES, 'string, int, long, double, json, schema or avro');

const TYPE_OF_GATEWAY = /^([a-z][-a-z0-9]{0,44})\.([_A-Za-z][_0-9A-Za-z]*)$/;

const reference = z.string().transform((text, context): TypeReference => {
  const [, gateway, type] = TYPE_OF_GATEWAY.exec(text) ?? [];
  if (gateway === undefined || type === undefined) {
    context.addIssue({ code: 'custom', message: 'expected gateway.Type' });
    return z.NEVER;
  }
  return { gateway, type };
});

export const partitions = z.int().min(1).max(10_000);
export const replication = z.int().min(1).max(16);
export const configs = z.record(z.string().max(200), z.string().max(10_000));

/** The fields of a topic in the project file. */
export const topicManifest = z.strictObject({
  key: keyTypeName.exactOptional(),
  value: valueTypeName.exactOptional(),
  recordNames: z.boolean().exactOptional(),
  schema: reference.exactOptional(),
  keySchema: reference.exactOptional(),
  partitions: partitions.exactOptional(),
  immutable: z.boolean().exactOptional(),
  replication: replication.exactOptional(),
  retention: z.union([duration, z.literal('forever')]).exactOptional(),
  configs: configs.exactOptional(),
  register: z.boolean().exactOptional(),
});

export type TopicManifest = z.infer<typeof topicManifest>;

export interface TopicSpecOptions {
  readonly defaults: { readonly partitions: number; readonly replicationFactor: number };
  /** Whether the topic's mirror keeps a range index. */
  readonly hasRange: boolean;
  /** The topic in Kafka, if it already exists. */
  readonly found: { readonly partitions: number; readonly policy?: string } | undefined;
  /** SDL of the type of the values, if they have a schema. */
  readonly schema: string | undefined;
}

/** Builds the spec of a new topic. Throws `AppError` if it is invalid. */
export function toTopicSpec(
  name: string,
  manifest: TopicManifest,
  facts: TopicSpecOptions,
): TopicSpec {
  const { defaults, found, schema } = facts;
  const { keyType, valueType } = requireTypes(name, manifest);
  const { schema: valueSchema, keySchema, recordNames } = manifest;
  if (found !== undefined && (manifest.partitions ?? found.partitions) !== found.partitions) {
    throw new AppError(
      'CANNOT_CHANGE',
      `Topic ${name} has ${found.partitions} partitions in Kafka, and the request has ${manifest.partitions}. Use ${found.partitions}, or leave the number out.`,
    );
  }
  if (manifest.immutable === true && found?.policy?.includes('compact') === true) {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} cannot be immutable, because Kafka compacts it (cleanup.policy=${found.policy}). Compaction drops the first value of a key, which is the valid one. ${KEEP_ALL} Or register it without immutable.`,
    );
  }
  const writeType = manifest.immutable === true ? 'IMMUTABLE' : 'MUTABLE';
  return {
    keyType,
    valueType,
    ...(recordNames === true ? { recordNames } : {}),
    writeType,
    ...(keySchema === undefined ? {} : { keySchema }),
    ...(valueSchema === undefined || schema === undefined ? {} : { valueSchema, schema }),
    partitions: found?.partitions ?? manifest.partitions ?? defaults.partitions,
    replicationFactor: manifest.replication ?? defaults.replicationFactor,
    configs: found === undefined ? configsOf(name, manifest, facts.hasRange) : {},
    isRegistered: found !== undefined,
  };
}

/**
 * The types of keys and values. Throws `AppError` if they are missing or do not match their
 * schemas.
 */
export function requireTypes(
  name: string,
  { key: keyType, value: valueType, schema, keySchema, recordNames }: TopicManifest,
): { readonly keyType: QuickType; readonly valueType: QuickValueType } {
  if (keyType === undefined || valueType === undefined) {
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} has no key type or no value type. Set "key" and "value".`,
    );
  }
  requireReference(`The value type`, valueType, schema);
  requireReference(`The key type`, keyType, keySchema);
  if (recordNames === true && valueType !== 'AVRO') {
    throw new AppError(
      'INVALID_SPEC',
      `Values of type ${valueType} have no record names. Leave recordNames out, or use the type avro.`,
    );
  }
  return { keyType, valueType };
}

function requireReference(
  what: string,
  type: QuickValueType,
  schema: TypeReference | undefined,
): void {
  if ((type === 'SCHEMA') !== (schema !== undefined)) {
    throw new AppError(
      'INVALID_SPEC',
      type === 'SCHEMA'
        ? `${what} is schema, but no schema is set. Set it to gateway.Type. For an existing topic with a schema in the schema registry, use the type avro.`
        : `${what} is ${type}, which takes no schema. Leave the schema out, or use the type schema.`,
    );
  }
}

/**
 * A table keeps the last value of each key. Compaction would drop records that other topics need:
 * the first value of a key in an immutable topic, and older versions in a range.
 */
function configsOf(
  name: string,
  { immutable = false, retention = 'forever', configs: overrides = {} }: TopicManifest,
  hasRange: boolean,
): Readonly<Record<string, string>> {
  const keepsAll = immutable || hasRange;
  if (keepsAll && overrides['cleanup.policy']?.includes('compact') === true) {
    const why = immutable ? 'it is immutable' : 'its mirror has a range field';
    throw new AppError(
      'INVALID_SPEC',
      `Topic ${name} cannot have cleanup.policy=${overrides['cleanup.policy']}, because ${why} and compaction would drop records. Leave cleanup.policy out.`,
    );
  }
  const isForever = retention === 'forever';
  const policy = keepsAll ? 'delete' : isForever ? 'compact' : 'compact,delete';
  return {
    'cleanup.policy': policy,
    'retention.ms': isForever ? '-1' : String(millisecondsOf(retention)),
    ...overrides,
  };
}

const UNITS_MS = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 };

/** Converts a duration that matches `duration`. */
export function millisecondsOf(text: string): number {
  let sum = 0;
  for (const [, number = '0', unit = 'S'] of text.matchAll(/(\d+(?:\.\d+)?)([WDHMS])/g)) {
    sum += Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return Math.round(sum);
}

/** Fields that the manifest would change in an existing topic. None of them can change. */
export function changesOf(
  topic: Resource<'topic'>,
  manifest: TopicManifest,
  nextSpec: TopicSpec,
): string[] {
  const { spec } = topic;
  const changes: string[] = [];
  const compare = (field: keyof TopicManifest, before: unknown, after: unknown): void => {
    if (manifest[field] !== undefined && JSON.stringify(before) !== JSON.stringify(after)) {
      changes.push(`${field} (${show(before)} to ${show(after)})`);
    }
  };
  compare('key', spec.keyType, nextSpec.keyType);
  compare('value', spec.valueType, nextSpec.valueType);
  compare('recordNames', spec.recordNames ?? false, nextSpec.recordNames ?? false);
  compare('schema', spec.valueSchema, nextSpec.valueSchema);
  compare('keySchema', spec.keySchema, nextSpec.keySchema);
  compare('partitions', spec.partitions, manifest.partitions);
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
