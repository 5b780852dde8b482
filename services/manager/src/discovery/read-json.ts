import { codecFor } from '@quicksilver/codec/codecs';
import type { DataType } from '@quicksilver/codec/codec';
import type { DetectedFormat } from '@quicksilver/codec/detect/detect-format';
import { AvroValues, type ValueReader } from '@quicksilver/codec/registry/avro-values';

import type { SchemaTexts } from './schema-texts.ts';

/** Formats that are read without a schema. */
const PLAIN: Partial<Readonly<Record<DetectedFormat, DataType>>> = {
  string: 'STRING',
  json: 'JSON',
  int: 'INTEGER',
  long: 'LONG',
  double: 'DOUBLE',
  short: 'SHORT',
  float: 'FLOAT',
  boolean: 'BOOLEAN',
  uuid: 'UUID',
};

/**
 * The JSON of the bytes, in their order. Undefined for bytes that are not in the format, and for
 * all bytes of a format that is not read here. Whole numbers beyond 2^53 are `bigint`.
 */
export async function readJson(
  format: DetectedFormat,
  sample: readonly (Buffer | null)[],
  schemas: SchemaTexts,
): Promise<readonly unknown[]> {
  const reader = await readerOf(format, sample, schemas);
  return sample.map((bytes) => {
    if (bytes === null) {
      return null;
    }
    try {
      return reader && parseExact(reader.toJson(bytes).toString('utf8'));
    } catch {
      return undefined;
    }
  });
}

async function readerOf(
  format: DetectedFormat,
  sample: readonly (Buffer | null)[],
  schemas: SchemaTexts,
): Promise<ValueReader | undefined> {
  const plain = PLAIN[format];
  if (plain !== undefined) {
    return codecFor(plain);
  }
  return format === 'avro'
    ? new AvroValues(schemas).readerOf(sample, { recordNames: false })
    : undefined;
}

function parseExact(text: string): unknown {
  return JSON.parse(text, (_name: string, value: unknown, ...[context]: Context[]) => {
    const source = context?.source ?? '';
    return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value;
  });
}

/** The third argument of a reviver, which the types do not have yet. */
interface Context {
  readonly source?: string;
}
