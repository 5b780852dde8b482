/** Names as Quick has them, and JSON. */
export type DataType = 'STRING' | 'INTEGER' | 'LONG' | 'DOUBLE' | 'JSON';

export const DATA_TYPES: readonly DataType[] = ['STRING', 'INTEGER', 'LONG', 'DOUBLE', 'JSON'];

/** Of values also what names its schema in a registry, which no `Codec` can read alone. */
export type ValueType = DataType | 'AVRO';

/**
 * Translates between a record's bytes in Kafka and JSON text. The bytes are those of Kafka's own
 * serializers: UTF-8 for STRING and JSON, 4 and 8 bytes big-endian for INTEGER and LONG, IEEE 754
 * big-endian for DOUBLE. Numbers keep their digits: a LONG never passes through a JS number.
 */
export interface Codec {
  readonly type: DataType;
  /**
   * JSON text (one value that passed `checkJson`, no surrounding white space) to record bytes.
   * Throws `AppError` TYPE_MISMATCH, OUT_OF_RANGE or INVALID_UNICODE.
   */
  fromJson(json: string): Buffer;
  /**
   * A key as it stands in a URL path, percent-decoded, to record bytes. Each key has one
   * spelling: `01`, `1.0` and `-0` are refused. Throws `AppError` BAD_KEY.
   */
  fromText(text: string): Buffer;
  /**
   * Record bytes to JSON text as UTF-8, without a line feed in it. Throws `AppError`
   * TYPE_MISMATCH where the bytes are not of this type.
   */
  toJson(bytes: Buffer): Buffer;
}
