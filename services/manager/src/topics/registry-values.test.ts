import { expect, test } from 'vitest';

import { requireSubject, type SubjectOptions } from './registry-values.ts';

const avro = { id: 1, format: 'AVRO', text: '"long"', referred: [] };

async function refusalOf(facts: Partial<SubjectOptions>): Promise<string | undefined> {
  const registry = { latest: () => Promise.resolve(avro) };
  try {
    await requireSubject('t', { isInKafka: true, recordNames: false, registry, ...facts });
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
  expect(await refusalOf({ ...holding(undefined), recordNames: true })).toBeUndefined();
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
