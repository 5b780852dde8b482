import avsc, { type Schema, type Type } from 'avsc';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { checkJsonForm } from '../json-text.ts';
import { AvroCursor } from './avro-cursor.ts';
import { fingerprintOf } from './avro-fingerprint.ts';
import { AvroReaderCompiler, type ReadAvro } from './avro-reader.ts';
import { AvroWriterCompiler } from './avro-writer.ts';
import { DecimalType } from './decimal-type.ts';

/** Maximum characters of a schema including its references, far more than people write. */
const SCHEMA_CHARS_MAX = 524_288;

/** A compiled schema that reads and writes values. */
export interface AvroSchema {
  /** Hexadecimal; see `fingerprintOf`. */
  readonly fingerprint: string;
  /**
   * Converts the bytes from `at` on to JSON text without line feeds. Throws `AppError`
   * TYPE_MISMATCH if they are not a value of the schema.
   */
  read(bytes: Buffer, at: number): string;
  /** As `read`, but every record has its name in `__typename`. */
  readNamed(bytes: Buffer, at: number): string;
  /**
   * Converts checked JSON text of a value to bytes. Throws `AppError` SCHEMA_MISMATCH. Its message
   * starts with the path of the invalid value.
   */
  write(json: string): Buffer;
}

/**
 * Parses a schema and its references, which are in dependency order. Throws `AppError`
 * TYPE_MISMATCH if one is invalid.
 */
export function parseAvroSchema(text: string, referred: readonly string[] = []): AvroSchema {
  const texts = [...referred, text];
  const chars = texts.reduce((sum, each) => sum + each.length, 0);
  if (chars > SCHEMA_CHARS_MAX) {
    throw invalid(`it has ${chars} characters, but at most ${SCHEMA_CHARS_MAX} are allowed`);
  }
  const type = typeOf(texts);
  const plain = lazily(() => new AvroReaderCompiler({ recordNames: false }).readerOf(type));
  const named = lazily(() => new AvroReaderCompiler({ recordNames: true }).readerOf(type));
  const writer = lazily(() => new AvroWriterCompiler().writerOf(type));
  return {
    fingerprint: fingerprintOf(type),
    write: (json) => writer()(json.trim(), 'value'),
    read: (bytes, at) => readWhole(plain(), bytes, at),
    readNamed: (bytes, at) => readWhole(named(), bytes, at),
  };
}

function typeOf(texts: readonly string[]): Type {
  const options = {
    registry: {},
    // The branch must come from the schema, not from a guess by the value.
    wrapUnions: 'always' as const,
    logicalTypes: { decimal: DecimalType },
  };
  let type: Type | undefined;
  try {
    for (const text of texts) {
      checkJsonForm(text);
      type = avsc.Type.forSchema(JSON.parse(text) as Schema, options);
    }
  } catch (error) {
    throw invalid(describeError(error), error);
  }
  if (type === undefined) {
    throw invalid('it is empty');
  }
  return type;
}

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

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('TYPE_MISMATCH', `The Avro schema is invalid: ${why}.`, { cause });
}
