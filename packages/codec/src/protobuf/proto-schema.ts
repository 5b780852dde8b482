import { AppError } from '@quicksilver/common/errors/app-error';
import { JsonOutput } from '../json-output.ts';
import { jsonBytesMax, type MessageSchema } from '../message-schema.ts';
import type { SchemaFile } from '../registry/schema-registry.ts';
import { protoKeyForm } from './proto-key-form.ts';
import { messageIndexes, readMessageIndexes } from './message-indexes.ts';
import { ProtoCursor } from './proto-cursor.ts';
import { fingerprintOf } from './proto-fingerprint.ts';
import { invalidSchema, parseProto } from './proto-parser.ts';
import { ProtoReaderCompiler } from './proto-reader.ts';
import { ProtoWriterCompiler } from './proto-writer.ts';

/** Parses a `.proto` file. Throws `AppError` TYPE_MISMATCH if it is invalid. */
export function parseProtoSchema(
  text: string,
  referred: readonly SchemaFile[] = [],
): MessageSchema {
  const { roots, messages } = parseProto(text, referred);
  const [first] = roots;
  if (first === undefined) {
    throw invalidSchema('it has no message');
  }
  const out = new JsonOutput();
  const plain = new ProtoReaderCompiler({ recordNames: false, messages });
  const named = new ProtoReaderCompiler({ recordNames: true, messages });
  const writer = new ProtoWriterCompiler(messages);
  return {
    fingerprint: fingerprintOf(roots),
    keyForm: () => protoKeyForm(first),
    read(bytes, at, { recordNames, indexes }) {
      const prefix = new ProtoCursor(indexes ?? bytes, indexes === undefined ? at : 0);
      const message = readMessageIndexes(prefix, roots);
      const cursor = new ProtoCursor(bytes, indexes === undefined ? prefix.at : at);
      const compiler = recordNames ? named : plain;
      compiler.reset();
      out.begin(jsonBytesMax(bytes.length));
      try {
        compiler.readerOf(message)(cursor, bytes.length, out);
      } catch (error) {
        throw error instanceof RangeError ? cursor.wrong(error.message) : error;
      }
      return out.take();
    },
    write(json) {
      const message = writer.messageOf(json, roots) ?? first;
      try {
        const bytes = writer.writerOf(message)(json.trim(), 'value');
        return Buffer.concat([messageIndexes(message, roots), bytes]);
      } catch (error) {
        if (error instanceof RangeError) {
          throw new AppError('SCHEMA_MISMATCH', `value: ${error.message}.`, { cause: error });
        }
        throw error;
      }
    },
  };
}
