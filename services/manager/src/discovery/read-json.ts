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

/** Bytes of keys or values in one format. */
export interface ReadFormat {
  readonly format: DetectedFormat;
  readonly sample: readonly (Buffer | null)[];
  readonly schemas: SchemaTexts;
  /** Whether they are change events of Debezium. */
  readonly isChange?: boolean;
}

/**
 * The JSON of the bytes, in their order. Undefined for bytes that are not in the format, and for
 * all bytes of a format that is not read here. Whole numbers beyond 2^53 are `bigint`.
 */
export async function readJson(bytes: ReadFormat): Promise<readonly unknown[]> {
  const texts = await readTexts(bytes);
  return texts.map((text) => (typeof text === 'string' ? parseExact(text) : text));
}

/** As `readJson`, as text. */
export async function readTexts(
  bytes: ReadFormat,
): Promise<readonly (string | null | undefined)[]> {
  const reader = await readerOf(bytes);
  return bytes.sample.map((each) => {
    if (each === null) {
      return null;
    }
    try {
      return reader?.toJson(each).toString('utf8');
    } catch {
      return undefined;
    }
  });
}

async function readerOf({
  format,
  sample,
  schemas,
  isChange = false,
}: ReadFormat): Promise<ValueReader | undefined> {
  const plain = PLAIN[format];
  if (plain !== undefined) {
    return codecFor(plain);
  }
  const named = NAMED[format];
  return (
    named &&
    new SchemaValues({
      byId: (id) => schemas.byId(id),
      byGuid: (guid) => schemas.byGuid(guid),
    }).readerOf(
      sample.map((value) => ({ value })),
      { format: named, recordNames: false, isChange },
    )
  );
}

export function parseExact(text: string): unknown {
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
