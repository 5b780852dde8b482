import { codecFor } from '@quicksilver/codec/codecs';
import type { DataType, SchemaFormat } from '@quicksilver/codec/codec';
import type { DetectedFormat } from '@quicksilver/codec/detect/detect-format';
import { SchemaValues, type ValueReader } from '@quicksilver/codec/registry/schema-values';

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
  bytes: 'BYTES',
  uuid: 'UUID',
};

/** Formats of a schema registry. */
const NAMED: Partial<Readonly<Record<DetectedFormat, SchemaFormat>>> = {
  avro: 'AVRO',
  protobuf: 'PROTOBUF',
  'json-schema': 'JSON_SCHEMA',
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
  const named = NAMED[format];
  return (
    named &&
    new SchemaValues({
      byId: (id) => schemas.byId(id),
      // A sample has no record headers.
      byGuid: () => Promise.resolve(undefined),
    }).readerOf(
      sample.map((value) => ({ value })),
      { format: named, recordNames: false },
    )
  );
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
