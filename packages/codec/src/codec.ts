/**
 * The types whose bytes need no schema, by the names of bakdata Quick as far as it has them. The
 * others have the names of Kafka's serializers.
 */
export const DATA_TYPES = [
  'STRING',
  'INTEGER',
  'LONG',
  'DOUBLE',
  'JSON',
  'SHORT',
  'FLOAT',
  'BOOLEAN',
  'BYTES',
  'UUID',
] as const;

export type DataType = (typeof DATA_TYPES)[number];

/** The formats whose bytes name a schema of a schema registry, so they have no `Codec`. */
export const SCHEMA_FORMATS = ['AVRO', 'PROTOBUF', 'JSON_SCHEMA'] as const;

export type SchemaFormat = (typeof SCHEMA_FORMATS)[number];

/** Types of values. */
export const VALUE_TYPES = [...DATA_TYPES, ...SCHEMA_FORMATS] as const;

export type ValueType = (typeof VALUE_TYPES)[number];

export function isSchemaFormat(type: string): type is SchemaFormat {
  return SCHEMA_FORMATS.some((each) => each === type);
}

/**
 * Converts between the bytes of a record in Kafka and JSON text. The bytes are those of Kafka's own
 * serializers: UTF-8 for STRING, JSON and UUID; 2, 4 and 8 bytes big-endian for SHORT, INTEGER and
 * LONG; IEEE 754 big-endian for FLOAT and DOUBLE; one byte for BOOLEAN; the bytes themselves for
 * BYTES, in base64 as JSON. Numbers keep their digits: a LONG never passes through a JS number.
 */
export interface Codec {
  readonly type: DataType;
  /**
   * Converts JSON text to record bytes. The text is one value that passed `checkJson`, without
   * surrounding white space. Throws `AppError` TYPE_MISMATCH, OUT_OF_RANGE or INVALID_UNICODE.
   */
  fromJson(json: string): Buffer;
  /**
   * Converts a percent-decoded key of a URL path to record bytes. Each key has one spelling: `01`,
   * `1.0` and `-0` are rejected. Throws `AppError` BAD_KEY.
   */
  fromText(text: string): Buffer;
  /**
   * Converts record bytes to JSON text in UTF-8, without line feeds. Throws `AppError`
   * TYPE_MISMATCH if the bytes are not of this type.
   */
  toJson(bytes: Buffer): Buffer;
}
