/** The type names of bakdata Quick, and JSON. */
export type DataType = 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON';

export const DATA_TYPES: readonly DataType[] = ['STRING', 'INTEGER', 'LONG', 'DOUBLE', 'JSON'];

/** Types of values. AVRO needs a schema registry, so it has no `Codec`. */
export type ValueType = DataType | 'AVRO';

/**
 * Converts between the bytes of a record in Kafka and JSON text. The bytes are those of Kafka's own
 * serializers: UTF-8 for STRING and JSON, 4 and 8 bytes big-endian for INTEGER and LONG, IEEE 754
 * big-endian for DOUBLE. Numbers keep their digits: a LONG never passes through a JS number.
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
