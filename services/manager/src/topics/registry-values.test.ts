import type { TopicManifest } from '@quicksilver/resources/topic';
import { expect, test } from 'vitest';

import { requireSubject, type SubjectOptions } from './registry-values.ts';

const avro = { id: 1, format: 'AVRO', text: '"long"', referred: [] };

async function refusalOf(
  facts: Partial<SubjectOptions>,
  manifest: TopicManifest = {},
): Promise<string | undefined> {
  const registry = { latest: () => Promise.resolve(avro) };
  try {
    const avroTopic = { key: 'string', value: 'avro', register: true, ...manifest };
    await requireSubject('t', avroTopic, { isInKafka: true, registry, ...facts });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const holding = (schema: typeof avro | undefined): Partial<SubjectOptions> => ({
  registry: { latest: () => Promise.resolve(schema) },
});

test('a topic of Kafka whose subject has a schema of Avro can have values of type avro', async () => {
  expect(await refusalOf({})).toBeUndefined();
});

test('with record names no subject is needed: producers may register each record under its name', async () => {
  expect(await refusalOf(holding(undefined), { recordNames: true })).toBeUndefined();
});

test.each<[string, Partial<SubjectOptions>, RegExp]>([
  ['no registry', { registry: undefined }, /Set QUICK_KAFKA_SCHEMA_REGISTRY_URL for the manager/],
  ['no topic in Kafka', { isInKafka: false }, /register the topic with "register": true/],
  ['no subject', holding(undefined), /no subject t-value\./],
  ['a subject of another format', holding({ ...avro, format: 'JSON' }), /t-value .* format JSON/],
  [
    'a schema that is none',
    holding({ ...avro, text: '{}' }),
    /the schema of subject t-value is invalid. The Avro schema/,
  ],
])('what is missing is named: %s', async (_title, facts, says) => {
  expect(await refusalOf(facts)).toMatch(says);
});

test('values of Protobuf and JSON Schema need a valid schema of their format', async () => {
  const proto = { ...avro, format: 'PROTOBUF', text: 'syntax = "proto3"; message M {}' };
  expect(await refusalOf(holding(proto), { value: 'protobuf' })).toBeUndefined();
  expect(await refusalOf(holding({ ...proto, text: 'message' }), { value: 'protobuf' })).toMatch(
    /values of type protobuf: the schema of subject t-value is invalid\. The Protobuf schema/,
  );
  expect(await refusalOf(holding(avro), { value: 'protobuf' })).toMatch(/has format AVRO/);
});

test.each([
  ['row 42: a lookahead', { pattern: '(?=a)' }, /The JSON Schema is invalid/],
  ['row 43: an address', { $ref: 'http://169.254.169.254/' }, /can't resolve reference http/],
])('a JSON Schema with %s is refused', async (_what, schema, says) => {
  const json = { ...avro, format: 'JSON', text: JSON.stringify(schema) };
  expect(await refusalOf(holding(json), { value: 'json-schema' })).toMatch(says);
});

test('values of JSON Schema need no subject, because they are read without it', async () => {
  expect(await refusalOf(holding(undefined), { value: 'json-schema' })).toBeUndefined();
});
