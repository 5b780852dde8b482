import type { DetectedFormat } from '@quicksilver/codec/detect/detect-format';
import { AppError } from '@quicksilver/common/errors/app-error';
import { generateSchema } from '@quicksilver/definition/generate/generate-schema';
import { inferShape } from '@quicksilver/definition/generate/infer-shape';
import type { SkippedTopic, SourceTopic } from '@quicksilver/definition/generate/source-topic';
import type { TopicSpec } from '@quicksilver/resources/topic';

import type { DetectedTopic } from './detect-topic.ts';
import type { DiscoveredTopic } from './discover-topics.ts';
import { readJson } from './read-json.ts';
import { readRowKeys, readRows } from './read-rows.ts';
import type { SampleBounds } from './sample-topic.ts';
import { containsUnion, valueShape } from './value-shape.ts';

/** More records than for formats alone, so that joins and rare members are seen. */
export const SCHEMA_BOUNDS: SampleBounds = { recordsMax: 1_000, bytesMax: 4_194_304 };

/** A list of more records is read page by page. */
const LIST_RECORDS_MAX = 10_000;

export interface TopicsSchema {
  readonly schema: string;
  readonly skipped: readonly SkippedTopic[];
}

/**
 * A schema for the topics. The types of a registered topic are those of its registration. Throws
 * `AppError` TOPIC_NOT_FOUND if no topic can be in a schema.
 */
export async function schemaFor(
  topics: readonly DiscoveredTopic[],
  specOf: (name: string) => TopicSpec | undefined,
): Promise<TopicsSchema> {
  const sources: SourceTopic[] = [];
  const skipped: SkippedTopic[] = [];
  for (const topic of topics) {
    const source = await sourceOf(topic, specOf(topic.name));
    if (typeof source === 'string') {
      skipped.push({ name: topic.name, why: source });
    } else {
      sources.push(source);
    }
  }
  const schema = generateSchema(sources, skipped);
  if (schema === undefined) {
    const reasons = skipped.map(({ name, why }) => ` Topic ${name}: ${why}`).join('');
    throw new AppError(
      'TOPIC_NOT_FOUND',
      topics.length === 0
        ? 'No topic matches. Name existing topics, or register topics first.'
        : `No topic can be in a schema.${reasons}`,
    );
  }
  return { schema, skipped };
}

const KEY_TYPES: Partial<Readonly<Record<DetectedFormat, SourceTopic['keyType']>>> = {
  string: 'STRING',
  int: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  json: 'JSON',
  short: 'SHORT',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  bytes: 'BYTES',
  uuid: 'UUID',
};

const KEY_SCALARS: Readonly<Record<Exclude<SourceTopic['keyType'], 'JSON'>, SourceTopic['key']>> = {
  STRING: 'String',
  INTEGER: 'Int',
  LONG: 'Long',
  DOUBLE: 'Float',
  SHORT: 'Short',
  FLOAT: 'Float',
  BOOLEAN: 'Boolean',
  BYTES: 'Bytes',
  UUID: 'String',
};

const REGISTERED: Readonly<Record<TopicSpec['valueType'], DetectedFormat>> = {
  STRING: 'string',
  INTEGER: 'int',
  LONG: 'long',
  DOUBLE: 'double',
  JSON: 'json',
  SCHEMA: 'json',
  AVRO: 'avro',
  PROTOBUF: 'protobuf',
  JSON_SCHEMA: 'json-schema',
  SHORT: 'short',
  FLOAT: 'float',
  BOOLEAN: 'boolean',
  BYTES: 'bytes',
  UUID: 'uuid',
};

/** Why a topic is left out, as text, or the topic. */
async function sourceOf(
  { name, detected, problem }: DiscoveredTopic,
  spec: TopicSpec | undefined,
): Promise<SourceTopic | string> {
  if (detected === undefined) {
    return problem ?? 'Its records could not be read.';
  }
  const keyFormat = spec === undefined ? detected.key.format : REGISTERED[spec.keyType];
  const valueFormat = spec === undefined ? detected.value.format : REGISTERED[spec.valueType];
  const keyType = spec?.keyForm?.keyType ?? KEY_TYPES[keyFormat];
  if (keyType === undefined) {
    return keyFormat === 'unknown'
      ? 'It has no records, so its types are unknown. Register it with its types.'
      : `Its keys are ${keyFormat}, which cannot be looked up.`;
  }
  const envelope = spec === undefined ? detected.value.envelope : spec.envelope;
  const { records } = detected.sample;
  const values = { ...detected.values, format: valueFormat };
  const keys =
    envelope === undefined
      ? await readJson({ ...detected.keys, format: keyFormat })
      : await readRowKeys(detected.keys, keyType);
  const json = envelope === undefined ? await readJson(values) : await readRows(values);
  const present = json.filter((value) => value !== undefined);
  const shape = await valueShape(name, values, present, envelope);
  if (shape === undefined) {
    return `Its values are ${valueFormat}, and no record shows their type.`;
  }
  const hasUnknownNames = containsUnion(shape) && spec !== undefined && spec.recordNames !== true;
  return {
    name,
    keyType,
    key: keyType === 'JSON' ? keyOf(keys) : KEY_SCALARS[keyType],
    value: shape,
    records: records
      .map((_record, at) => ({ key: keys[at], value: json[at] }))
      .filter(({ key, value }) => key !== undefined && key !== null && value !== undefined),
    isComplete: detected.sample.isComplete,
    isLarge: detected.sample.offsets > LIST_RECORDS_MAX,
    note: [
      noteOf(detected, spec),
      ...(hasUnknownNames
        ? ['Its records have several types: register it with recordNames, so that each is known.']
        : []),
    ].join(' '),
  };
}

const KEY_MEMBERS: ReadonlySet<string> = new Set(['String', 'Int', 'Long', 'Float']);

/**
 * JSON keys that are all of one scalar are arguments of that scalar. Objects of the same members
 * are an input.
 */
function keyOf(keys: readonly unknown[]): SourceTopic['key'] {
  const present = keys.filter((key) => key !== undefined && key !== null);
  const shape = inferShape(present);
  if (shape?.kind === 'scalar') {
    return KEY_MEMBERS.has(shape.scalar) ? shape.scalar : undefined;
  }
  const members = shape?.kind === 'object' ? shape.fields : [];
  const fields = members.flatMap((field) =>
    field.shape.kind === 'scalar' && KEY_MEMBERS.has(field.shape.scalar)
      ? [{ name: field.name, scalar: field.shape.scalar }]
      : [],
  );
  const isWhole = present.every((key) =>
    fields.every(({ name }) => Object.hasOwn(Object(key), name)),
  );
  return fields.length > 0 && fields.length === members.length && isWhole ? { fields } : undefined;
}

function noteOf({ key, value, sample }: DetectedTopic, spec: TopicSpec | undefined): string {
  const count = sample.records.length;
  const seen = sample.isComplete ? `all ${count} records` : `the newest ${count} records`;
  const types =
    spec === undefined
      ? `key ${key.format} (${percent(key.certainty)}), value ${value.format} (${percent(value.certainty)}), detected`
      : `key ${spec.keyType}, value ${spec.valueType}, registered`;
  const envelope =
    value.envelope === undefined ? '' : ` The values are change events of ${value.envelope}.`;
  return `${types}. Seen: ${seen}.${envelope}`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
