import { detectEnvelope } from '@quicksilver/codec/debezium/detect-envelope';
import {
  detectFormat,
  possibleSchemaIds,
  type Detection,
} from '@quicksilver/codec/detect/detect-format';
import type { SchemaHeader } from '@quicksilver/codec/schema-header';
import type { Envelope } from '@quicksilver/codec/registry/value-readers';
import { detectPartitioner, type DetectedPartitioner } from '@quicksilver/kafka/detect-partitioner';

import { readTexts, type ReadFormat } from './read-json.ts';
import { rowKeyType } from './read-rows.ts';
import type { TopicSample } from './sample-topic.ts';
import type { SchemaTexts } from './schema-texts.ts';
import { containsUnion, schemaShape } from './value-shape.ts';
import { inWireFormat } from './wire-format.ts';

export interface DetectedSide extends Detection {
  readonly envelope?: Envelope;
  /** Whether values have records of several types, which only their names tell apart. */
  readonly recordNames?: true;
}

export interface DetectedTopic {
  /** With an envelope, the key of the row. */
  readonly key: DetectedSide;
  readonly value: DetectedSide;
  readonly partitioner: DetectedPartitioner;
  readonly sample: TopicSample;
  /** The keys and values of the sample, in the formats that they have in Kafka. */
  readonly keys: ReadFormat;
  readonly values: ReadFormat;
}

const ROW_KEY_FORMATS = { LONG: 'long', DOUBLE: 'double', STRING: 'string', JSON: 'json' } as const;

/** What a sample of its records shows of a topic. */
export async function detectTopic(
  name: string,
  partitions: number,
  sample: TopicSample,
  schemas: SchemaTexts,
): Promise<DetectedTopic> {
  const { records } = sample;
  const keys = await sideOf(
    `${name}-key`,
    records.map(({ key, keySchemaHeader }) => [key, keySchemaHeader]),
    schemas,
  );
  const values = await sideOf(
    `${name}-value`,
    records.map(({ value, schemaHeader }) => [value, schemaHeader]),
    schemas,
  );
  const texts = await readTexts(values.bytes);
  const { envelope } = detectEnvelope(texts.filter((text) => text !== undefined));
  const key =
    envelope === undefined || keys.detection.records === 0
      ? keys.detection
      : { ...keys.detection, format: ROW_KEY_FORMATS[await rowKeyType(keys.bytes)], envelope };
  return {
    key,
    value:
      envelope === undefined
        ? { ...values.detection, ...(await recordNamesOf(name, values.bytes)) }
        : { ...values.detection, envelope },
    partitioner: detectPartitioner(records, partitions),
    sample,
    keys: keys.bytes,
    values: values.bytes,
  };
}

async function sideOf(
  subject: string,
  records: readonly (readonly [Buffer | null, SchemaHeader | undefined])[],
  schemas: SchemaTexts,
): Promise<{ readonly detection: Detection; readonly bytes: ReadFormat }> {
  const sample: (Buffer | null)[] = [];
  for (const [bytes, header] of records) {
    sample.push(await inWireFormat(bytes, header, schemas));
  }
  const detection = detectFormat(sample, {
    schemas: await schemas.formatsOf(possibleSchemaIds(sample)),
    subject: sample.length > 0 ? undefined : (await schemas.latest(subject))?.format,
  });
  return { detection, bytes: { format: detection.format, sample, schemas } };
}

async function recordNamesOf(
  topic: string,
  values: ReadFormat,
): Promise<Pick<DetectedSide, 'recordNames'>> {
  const hasNames = values.format === 'avro' || values.format === 'protobuf';
  const shape = hasNames ? await schemaShape(topic, values, []) : undefined;
  return shape !== undefined && containsUnion(shape) ? { recordNames: true } : {};
}
