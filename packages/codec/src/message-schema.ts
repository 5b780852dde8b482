import type { KeyForm } from './key-form.ts';

/** The member of a JSON record that holds its name. */
export const TYPE_NAME = '__typename';

/** A compiled schema of any format. It reads and writes what follows the id of the schema. */
export interface MessageSchema {
  /** Hexadecimal: the same for schemas that read bytes as the same JSON. */
  readonly fingerprint: string;
  /**
   * Converts the bytes from `at` on to JSON text in UTF-8 without line feeds. Throws `AppError`
   * TYPE_MISMATCH if they are not a value of the schema.
   */
  read(bytes: Buffer, at: number, options: ReadMessage): Buffer;
  /**
   * Prepares writes. Throws `AppError` TYPE_MISMATCH if values of the schema can be read and not
   * written.
   */
  prepareWrite?(): void;
  /**
   * Converts checked JSON text of a value to bytes. Throws `AppError` SCHEMA_MISMATCH. Its message
   * starts with the path of the invalid value.
   */
  write(json: string): Buffer;
  /** The form of keys of this schema. Throws `AppError` TYPE_MISMATCH if it cannot have keys. */
  keyForm(): KeyForm;
}

export interface ReadMessage {
  /** Whether every record has its name in `__typename`. */
  readonly recordNames: boolean;
  /** Whether the values are change events of Debezium. */
  readonly isChange?: boolean;
  /** What follows the id in a record header: the message indexes of Protobuf. */
  readonly indexes?: Buffer | undefined;
}

/** Maximum bytes of a value as JSON. */
const JSON_BYTES_MAX = 67_108_864;
/**
 * A few bytes can expand to much JSON, for example by long names or lists of empty items. Each byte
 * may become this many, in addition to the first million.
 */
const JSON_PER_BYTE = 1_024;
const JSON_OF_ANY = 1_048_576;

export function jsonBytesMax(bytes: number): number {
  return Math.min(JSON_BYTES_MAX, JSON_OF_ANY + JSON_PER_BYTE * bytes);
}
