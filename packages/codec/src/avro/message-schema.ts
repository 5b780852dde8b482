import type { MessageSchema } from '../message-schema.ts';
import { type AvroSchema, parseAvroSchema } from './avro-schema.ts';
import { base64Bytes } from './avro-writer.ts';

/**
 * As `parseAvroSchema`, for values after a schema id. If the whole value is `bytes`, Confluent's
 * wire format has them without their length, unlike Avro:
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format
 */
export function parseMessageSchema(text: string, referred: readonly string[] = []): MessageSchema {
  const schema = parseAvroSchema(text, referred);
  return schema.isBytes ? rawSchema(schema) : avroMessage(schema);
}

function avroMessage(schema: AvroSchema): MessageSchema {
  return {
    fingerprint: schema.fingerprint,
    write: (json) => schema.write(json),
    keyForm: () => schema.keyForm(),
    read: (bytes, at, { recordNames, isChange = false }) => {
      const read = isChange ? 'readChange' : recordNames ? 'readNamed' : 'read';
      return Buffer.from(schema[read](bytes, at));
    },
  };
}

function rawSchema(schema: AvroSchema): MessageSchema {
  return {
    fingerprint: schema.fingerprint,
    keyForm: () => schema.keyForm(),
    write: (json) => base64Bytes(json.trim(), 'value'),
    read: (bytes, at) => Buffer.from(`"${bytes.toString('base64', at)}"`),
  };
}
