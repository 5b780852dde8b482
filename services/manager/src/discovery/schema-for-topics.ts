import type { DetectedFormat } from '@quicksilver/codec/detect/detect-format';
import { possibleSchemaIds } from '@quicksilver/codec/detect/detect-format';
import { AppError } from '@quicksilver/common/errors/app-error';
import { avroShape } from '@quicksilver/definition/generate/avro-shape';
import { generateSchema } from '@quicksilver/definition/generate/generate-schema';
import { inferShape } from '@quicksilver/definition/generate/infer-shape';
import type { Shape } from '@quicksilver/definition/generate/record-shape';
import type { SkippedTopic, SourceTopic } from '@quicksilver/definition/generate/source-topic';
import type { TopicSpec } from '@quicksilver/resources/topic';

import type { DetectedTopic, DiscoveredTopic, Discovery } from './discover-topics.ts';
import { readJson } from './read-json.ts';
import type { SampleBounds } from './sample-topic.ts';
import type { SchemaTexts } from './schema-texts.ts';

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
  { topics, schemas }: Discovery,
  specOf: (name: string) => TopicSpec | undefined,
): Promise<TopicsSchema> {
  const sources: SourceTopic[] = [];
  const skipped: SkippedTopic[] = [];
  for (const topic of topics) {
    const source = await sourceOf(topic, specOf(topic.name), schemas);
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
  schemas: SchemaTexts,
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
  const { records } = detected.sample;
  const keys = await readJson(
    keyFormat,
    records.map(({ key }) => key),
    schemas,
  );
  const values = await readJson(
    valueFormat,
    records.map(({ value }) => value),
    schemas,
  );
  const shape = await shapeOf(name, valueFormat, detected, values, schemas);
  if (shape === undefined) {
    return `Its values are ${valueFormat}, and no record shows their type.`;
  }
  const hasUnknownNames = containsUnion(shape) && spec !== undefined && spec.recordNames !== true;
  return {
    name,
    keyType,
    key: keyType === 'JSON' ? scalarOf(keys) : KEY_SCALARS[keyType],
    value: shape,
    records: records
      .map((_record, at) => ({ key: keys[at], value: values[at] }))
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

/** JSON keys that are all of one scalar are arguments of that scalar. */
function scalarOf(keys: readonly unknown[]): SourceTopic['key'] {
  const shape = inferShape(keys.filter((key) => key !== undefined));
  const fits =
    shape?.kind === 'scalar' && ['String', 'Int', 'Long', 'Float'].includes(shape.scalar);
  return fits ? shape.scalar : undefined;
}

async function shapeOf(
  topic: string,
  format: DetectedFormat,
  { sample }: DetectedTopic,
  values: readonly unknown[],
  schemas: SchemaTexts,
): Promise<Shape | undefined> {
  if (format !== 'avro') {
    return inferShape(values.filter((value) => value !== undefined));
  }
  const ids = possibleSchemaIds(sample.records.map(({ value }) => value)).toSorted((a, b) => b - a);
  const registered = await Promise.all(ids.map((id) => schemas.byId(id)));
  const used = registered.filter((schema) => schema?.format === 'AVRO');
  const latest = used.length > 0 ? undefined : await schemas.latest(`${topic}-value`);
  return avroShape(
    [...used, latest].flatMap((schema) =>
      schema === undefined
        ? []
        : [{ text: schema.text, referred: schema.referred.map((file) => file.text) }],
    ),
  );
}

export function containsUnion(shape: Shape, inside: readonly Shape[] = []): boolean {
  if (inside.includes(shape)) {
    return false;
  }
  const next = [...inside, shape];
  switch (shape.kind) {
    case 'union':
      return true;
    case 'list':
      return containsUnion(shape.items, next);
    case 'object':
      return shape.fields.some((field) => containsUnion(field.shape, next));
    default:
      return false;
  }
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
