import type { TopicManifest } from '@quicksilver/resources/topic';
import { expect, test } from 'vitest';

import { requireSubjects, type SubjectOptions } from './registry-values.ts';

const avro = { id: 1, format: 'AVRO', text: '"long"', referred: [] };

type Schema = typeof avro;

function registryOf(schema: Schema | undefined, versions: readonly Schema[] = []) {
  return {
    latest: () => Promise.resolve(schema),
    versions: () => Promise.resolve(versions),
  };
}

async function refusalOf(
  facts: Partial<SubjectOptions>,
  manifest: TopicManifest = {},
): Promise<string | undefined> {
  const registry = registryOf(avro);
  try {
    const avroTopic = { key: 'string', value: 'avro', register: true, ...manifest };
    await requireSubjects('t', avroTopic, { isInKafka: true, registry, ...facts });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const holding = (schema: typeof avro | undefined): Partial<SubjectOptions> => ({
  registry: registryOf(schema),
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

const keyVersion = (id: number, ...names: readonly string[]): Schema => ({
  ...avro,
  id,
  text: JSON.stringify({
    type: 'record',
    name: 'OrderKey',
    fields: names.map((name) => ({ name, type: 'long' })),
  }),
});
const AVRO_KEYS = { key: 'avro', value: 'json', register: true };

test('keys have the form of the newest version of their schema', async () => {
  const registry = registryOf(undefined, [
    keyVersion(2, 'shop', 'id'),
    keyVersion(1, 'id', 'shop'),
  ]);
  expect(await requireSubjects('t', AVRO_KEYS, { isInKafka: true, registry })).toEqual({
    keyType: 'JSON',
    keySchema: {
      type: 'OrderKey!',
      types: { OrderKey: { fields: { shop: 'Long!', id: 'Long!' } } },
    },
  });
});

test.each<[string, Partial<SubjectOptions>, TopicManifest, RegExp]>([
  ['no subject', {}, {}, /keys of type avro: the schema registry has no subject t-key\./],
  [
    'versions that are different keys',
    { registry: registryOf(undefined, [keyVersion(2, 'id', 'shop'), keyVersion(1, 'id')]) },
    {},
    /keys of the schema 1 of subject t-key would be other keys .*: they lack the member key\.shop\./,
  ],
  [
    'a schema whose values cannot be keys',
    { registry: registryOf(undefined, [{ ...avro, text: '["int", "string"]' }]) },
    {},
    /The key is a union of several types/,
  ],
  [
    'a strategy without records',
    {},
    { keySubjectNameStrategy: 'RecordNameStrategy' },
    /RecordNameStrategy needs the member keyRecords/,
  ],
  [
    'no subject of a strategy',
    {},
    { keySubjectNameStrategy: 'TopicRecordNameStrategy', keyRecords: ['shop.OrderKey'] },
    /no subject t-shop\.OrderKey\./,
  ],
])('what keys need is named: %s', async (_title, facts, manifest, says) => {
  expect(
    await refusalOf({ registry: registryOf(undefined), ...facts }, { ...AVRO_KEYS, ...manifest }),
  ).toMatch(says);
});
