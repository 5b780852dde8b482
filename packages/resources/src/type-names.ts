import { DATA_TYPES, SCHEMA_FORMATS } from '@quicksilver/contracts/topics/topic-entry';
import { z } from 'zod';

/**
 * The type names of bakdata Quick. `SCHEMA` is a type of a gateway's schema.
 * Those of `SCHEMA_FORMATS` have a schema in the schema registry.
 */
export const quickType = z.enum([...DATA_TYPES, 'SCHEMA', ...SCHEMA_FORMATS]);
export type QuickType = z.infer<typeof quickType>;

const TYPES: Readonly<Record<string, QuickType>> = {
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
  schema: 'SCHEMA',
  avro: 'AVRO',
  protobuf: 'PROTOBUF',
  'json-schema': 'JSON_SCHEMA',
  json_schema: 'JSON_SCHEMA',
};

/** The words of the formats of a schema registry. */
export const FORMAT_WORDS = ['avro', 'protobuf', 'json-schema'] as const;

/** The names of types in the project file. */
export const TYPE_WORDS = [
  'string',
  'int',
  'integer',
  'long',
  'double',
  'json',
  'short',
  'float',
  'boolean',
  'bytes',
  'uuid',
] as const;

const PLAIN_WORDS_TEXT = 'string, int, long, double, json, short, float, boolean, bytes, uuid';

/** The type with this name of bakdata Quick or of its CLI, in any case. */
export function typeNamed(text: string): QuickType | undefined {
  const word = text.toLowerCase();
  return Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
}

export const WORDS_TEXT = `${PLAIN_WORDS_TEXT}, schema, ${FORMAT_WORDS.slice(0, -1).join(', ')} or ${FORMAT_WORDS.at(-1)}`;

/** The name of a type, in any case. */
export const typeName = z
  .string()
  .meta({ examples: Object.keys(TYPES) })
  .refine((text) => typeNamed(text) !== undefined, {
    error: ({ input }) => `expected ${WORDS_TEXT}, found ${String(input).slice(0, 40)}`,
  });

/** Whether the schemas of such keys or values are in the schema registry. */
export function isOfSchemas(type: QuickType | undefined): boolean {
  return SCHEMA_FORMATS.some((format) => format === type);
}
