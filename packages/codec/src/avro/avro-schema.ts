import avsc, { type Schema, type Type } from 'avsc';

import { AppError } from '@quicksilver/common/errors/app-error';
import { describeError } from '@quicksilver/common/errors/describe';
import { checkJsonForm } from '../json-text.ts';
import { AvroCursor } from './avro-cursor.ts';
import { fingerprintOf } from './avro-fingerprint.ts';
import { AvroReaderCompiler, type ReadAvro } from './avro-reader.ts';
import { AvroWriterCompiler } from './avro-writer.ts';
import { DecimalType } from './decimal-type.ts';

/** Characters of a schema with all that it refers to; far more than people write. */
const SCHEMA_CHARS_MAX = 524_288;

/** What a schema says, ready to read the values that were written with it. */
export interface AvroSchema {
  /** Hexadecimal; see `fingerprintOf`. */
  readonly fingerprint: string;
  /**
   * The bytes behind `at` as JSON text without line feeds. Throws `AppError` TYPE_MISMATCH where they
   * are no value of the schema.
   */
  read(bytes: Buffer, at: number): string;
  /** The same, every record with its name in `__typename`. */
  readNamed(bytes: Buffer, at: number): string;
  /**
   * Checked JSON text of a value as bytes. Throws `AppError` SCHEMA_MISMATCH, whose message begins with
   * the path of what does not fit.
   */
  write(json: string): Buffer;
}

/**
 * Parses a schema after those that it refers to by name, in an order in which each comes after what
 * it needs. Throws `AppError` TYPE_MISMATCH where they are none.
 */
export function parseAvroSchema(text: string, referred: readonly string[] = []): AvroSchema {
  const texts = [...referred, text];
  const chars = texts.reduce((sum, each) => sum + each.length, 0);
  if (chars > SCHEMA_CHARS_MAX) {
    throw invalid(`it has ${chars} characters, expected at most ${SCHEMA_CHARS_MAX}`);
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
    // The branch is needed as the schema has it, not guessed from the value.
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
  let made: T | undefined;
  return () => (made ??= make());
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('TYPE_MISMATCH', `The Avro schema cannot be used: ${why}.`, { cause });
}
