import { possibleSchemaIds } from '@quicksilver/codec/detect/detect-format';
import type { Envelope } from '@quicksilver/codec/registry/value-readers';
import type { RegisteredSchema } from '@quicksilver/codec/registry/schema-registry';
import { schemaIdOf } from '@quicksilver/codec/schema-header';
import { avroRowShape, avroShape } from '@quicksilver/definition/generate/avro-shape';
import { connectRowShape } from '@quicksilver/definition/generate/connect-shape';
import { inferShape, type JsonValue } from '@quicksilver/definition/generate/infer-shape';
import { jsonSchemaShape } from '@quicksilver/definition/generate/json-schema-shape';
import type { Shape } from '@quicksilver/definition/generate/record-shape';

import type { ReadFormat } from './read-json.ts';
import { connectSchema } from './read-rows.ts';

/**
 * The type of the values of a topic: that of their schemas in the registry, or that of the sample.
 * `json` are the values, or the rows of change events, that could be read. Undefined without any.
 */
export async function valueShape(
  topic: string,
  values: ReadFormat,
  json: readonly JsonValue[],
  envelope: Envelope | undefined,
): Promise<Shape | undefined> {
  return (await schemaShape(topic, values, json, envelope)) ?? inferShape(json);
}

/** By the schemas of the registry alone. Undefined if there are none, or if one is too unusual. */
export async function schemaShape(
  topic: string,
  values: ReadFormat,
  json: readonly JsonValue[],
  envelope?: Envelope,
): Promise<Shape | undefined> {
  const schemas = await schemasOf(topic, values);
  switch (values.format) {
    case 'avro': {
      const texts = schemas.map(({ text, referred }) => ({
        text,
        referred: referred.map((file) => file.text),
      }));
      return envelope === undefined ? avroShape(texts) : avroRowShape(texts);
    }
    case 'protobuf':
      return protobufShape(schemas, values);
    case 'json':
      return envelope && connectRowShape(await connectSchema(values));
    case 'json-schema':
      return envelope === undefined ? jsonSchemaShape(schemas, json) : undefined;
    default:
      return undefined;
  }
}

const REGISTRY_NAMES: Readonly<Record<string, string>> = {
  avro: 'AVRO',
  protobuf: 'PROTOBUF',
  'json-schema': 'JSON',
};

/** The schemas of the sample, newest first; without any that of the topic's subject. */
async function schemasOf(
  topic: string,
  { format, sample, schemas }: ReadFormat,
): Promise<readonly RegisteredSchema[]> {
  const name = REGISTRY_NAMES[format];
  if (name === undefined) {
    return [];
  }
  const ids = possibleSchemaIds(sample).toSorted((one, other) => other - one);
  const registered = await Promise.all(ids.map((id) => schemas.byId(id)));
  const used = registered.filter((schema) => schema !== undefined);
  const latest = used.length > 0 ? undefined : await schemas.latest(`${topic}-value`);
  return [...used, ...(latest === undefined ? [] : [latest])].filter(
    (schema) => schema.format === name,
  );
}

async function protobufShape(
  schemas: readonly RegisteredSchema[],
  { sample }: ReadFormat,
): Promise<Shape | undefined> {
  // The parser is loaded at its first use, because most managers need none.
  const { parseProto } = await import('@quicksilver/codec/protobuf/proto-parser');
  const { messageIn } = await import('@quicksilver/codec/protobuf/message-in');
  const { protoShape } = await import('./proto-shape.ts');
  return protoShape(
    schemas.map(({ id, text, referred }) => {
      const { roots } = parseProto(text, referred);
      const values = sample.filter((value) => value !== null && schemaIdOf(value) === id);
      const messages = values.map((value) => value && messageIn(value, roots));
      const used = new Set(messages.filter((message) => message !== undefined && message !== null));
      return used.size > 0 ? [...used] : roots.slice(0, 1);
    }),
  );
}

export function containsUnion(shape: Shape, inside: readonly Shape[] = []): boolean {
  if (inside.includes(shape)) {
    return false;
  }
  const next = [...inside, shape];
  switch (shape.kind) {
    case 'union':
      return true;
    case 'list':
      return containsUnion(shape.items, next);
    case 'object':
      return shape.fields.some((field) => containsUnion(field.shape, next));
    default:
      return false;
  }
}
