import type { SchemaFormat } from '../codec.ts';
import type { MessageSchema } from '../message-schema.ts';
import type { RegisteredSchema } from './schema-registry.ts';

interface Format {
  /** The name in Confluent's REST API. */
  readonly registryName: string;
  /**
   * Compiles a schema. Throws `AppError` TYPE_MISMATCH if it is invalid. Each parser is loaded at
   * its first use, because most processes need none.
   */
  readonly compile: (schema: RegisteredSchema) => Promise<MessageSchema>;
}

/** Total on purpose: a new format does not compile without a parser. */
export const FORMATS: Readonly<Record<SchemaFormat, Format>> = {
  AVRO: {
    registryName: 'AVRO',
    compile: async ({ text, referred }) => {
      const { parseMessageSchema } = await import('../avro/message-schema.ts');
      return parseMessageSchema(
        text,
        referred.map((file) => file.text),
      );
    },
  },
  PROTOBUF: {
    registryName: 'PROTOBUF',
    compile: async ({ text, referred }) => {
      const { parseProtoSchema } = await import('../protobuf/proto-schema.ts');
      return parseProtoSchema(text, referred);
    },
  },
  JSON_SCHEMA: {
    registryName: 'JSON',
    compile: async ({ text, referred }) => {
      const { parseJsonSchema } = await import('../json-schema/json-schema.ts');
      return parseJsonSchema(text, referred);
    },
  },
};
