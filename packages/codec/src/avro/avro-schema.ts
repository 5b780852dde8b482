import { describeError } from '@quicksilver/common/errors/describe';
import { checkJsonForm, JSON_DEPTH_MAX } from '../json-text.ts';
import type { KeyForm } from '../key-form.ts';
import { AvroCursor } from './avro-cursor.ts';
import { avroKeyForm } from './avro-key-form.ts';
import { fingerprintOf } from './avro-fingerprint.ts';
import { AvroReaderCompiler, type ReadAvro } from './avro-reader.ts';
import { AvroSchemaParser, invalidSchema } from './avro-schema-parser.ts';
import type { AvroType } from './avro-type.ts';
import { AvroWriterCompiler } from './avro-writer.ts';

/** Maximum characters of a schema including its references, far more than people write. */
const SCHEMA_CHARS_MAX = 524_288;
/**
 * Maximum levels of JSON in a schema. One level of a value takes up to four: the record, its
 * fields, a field and its union. A type at a deeper level could only have values that are too deep.
 */
const SCHEMA_DEPTH_MAX = 4 * JSON_DEPTH_MAX;

/** A compiled schema that reads and writes values. */
export interface AvroSchema {
  /** Hexadecimal; see `fingerprintOf`. */
  readonly fingerprint: string;
  /** Whether every value is `bytes`, and no decimal. */
  readonly isBytes: boolean;
  /**
   * Converts the bytes from `at` on to JSON text without line feeds. Throws `AppError`
   * TYPE_MISMATCH if they are not a value of the schema.
   */
  read(bytes: Buffer, at: number): string;
  /** As `read`, but every record has its name in `__typename`. */
  readNamed(bytes: Buffer, at: number): string;
  /** As `read`, but Debezium's `VARIABLE_DECIMAL` is a number. */
  readChange(bytes: Buffer, at: number): string;
  /**
   * Converts checked JSON text of a value to bytes. Throws `AppError` SCHEMA_MISMATCH. Its message
   * starts with the path of the invalid value.
   */
  write(json: string): Buffer;
  /** As `MessageSchema.keyForm`. */
  keyForm(): KeyForm;
}

/**
 * Parses a schema and its references, which are in dependency order. Throws `AppError`
 * TYPE_MISMATCH if one is invalid.
 */
export function parseAvroSchema(text: string, referred: readonly string[] = []): AvroSchema {
  const texts = [...referred, text];
  const chars = texts.reduce((sum, each) => sum + each.length, 0);
  if (chars > SCHEMA_CHARS_MAX) {
    throw invalidSchema(`it has ${chars} characters, but at most ${SCHEMA_CHARS_MAX} are allowed`);
  }
  const type = typeOf(texts);
  const plain = lazily(() => new AvroReaderCompiler({ recordNames: false }).readerOf(type));
  const named = lazily(() => new AvroReaderCompiler({ recordNames: true }).readerOf(type));
  const change = lazily(() =>
    new AvroReaderCompiler({ recordNames: false, variableDecimals: true }).readerOf(type),
  );
  const writer = lazily(() => new AvroWriterCompiler().writerOf(type));
  return {
    fingerprint: fingerprintOf(type),
    isBytes: type.kind === 'bytes' && type.decimal === undefined,
    write: (json) => writer()(json.trim(), 'value'),
    keyForm: () => avroKeyForm(type),
    read: (bytes, at) => readWhole(plain(), bytes, at),
    readNamed: (bytes, at) => readWhole(named(), bytes, at),
    readChange: (bytes, at) => readWhole(change(), bytes, at),
  };
}

function typeOf(texts: readonly string[]): AvroType {
  const parser = new AvroSchemaParser();
  const types = texts.map((text) => {
    const json = withoutComments(text);
    try {
      checkJsonForm(json, SCHEMA_DEPTH_MAX);
    } catch (error) {
      throw invalidSchema(describeError(error), error);
    }
    return parser.parse(json);
  });
  const type = types.at(-1);
  if (type === undefined) {
    throw invalidSchema('it is empty');
  }
  return type;
}

/** Java's library accepts comments, and registries store the text of the client. */
function withoutComments(text: string): string {
  return /\/[/*]/.test(text)
    ? text.replaceAll(STRING_OR_COMMENT, (match) => (match.startsWith('"') ? match : ' '))
    : text;
}

const STRING_OR_COMMENT = /"[^"\\]*(?:\\.[^"\\]*)*"|\/\*[^]*?\*\/|\/\/[^\r\n]*/g;

function readWhole(read: ReadAvro, bytes: Buffer, at: number): string {
  const cursor = new AvroCursor(bytes, at);
  const text = read(cursor);
  cursor.expectEnd();
  return text;
}

function lazily<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= make());
}
