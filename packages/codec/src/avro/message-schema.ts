import { type AvroSchema, parseAvroSchema } from './avro-schema.ts';
import { base64Bytes } from './avro-writer.ts';

/**
 * As `parseAvroSchema`, for values after a schema id. If the whole value is `bytes`, Confluent's
 * wire format has them without their length, unlike Avro:
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format
 */
export function parseMessageSchema(text: string, referred: readonly string[] = []): AvroSchema {
  const schema = parseAvroSchema(text, referred);
  return schema.isBytes
    ? {
        ...schema,
        write: (json) => base64Bytes(json.trim(), 'value'),
        read: readRaw,
        readNamed: readRaw,
        readChange: readRaw,
      }
    : schema;
}

function readRaw(bytes: Buffer, at: number): string {
  return `"${bytes.toString('base64', at)}"`;
}
