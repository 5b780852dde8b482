import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { SchemaFormat } from '../codec.ts';
import { keyCodecFor } from '../key-codec.ts';
import { FORMATS } from './formats.ts';
import { keyReaderOf, type KeyTypes, type ReadKey } from './key-reader.ts';
import type { RegisteredSchema } from './schema-registry.ts';
import { SchemaValues } from './schema-values.ts';
import { writerBy, type ValueWriter } from './value-writers.ts';

const RUNS = Number(process.env['KEY_VALUES'] ?? '200');

/** Two versions of a schema whose keys are the same, and the id of each. */
type Versions = readonly [older: RegisteredSchema, newer: RegisteredSchema];

const avro = (name: string, type: unknown): object => ({ name, type });
const registered = (format: string, id: number, text: string): RegisteredSchema => ({
  id,
  format,
  text,
  referred: [],
});
const record = (fields: readonly object[]): string =>
  JSON.stringify({ type: 'record', name: 'shop.OrderKey', fields });
const proto = (fields: string): string =>
  `syntax = "proto3"; package shop; message OrderKey { ${fields} }`;
const object = (names: readonly string[]): string =>
  JSON.stringify({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, TYPES[name]])),
    required: ['id', 'shop'],
    additionalProperties: false,
  });
const TYPES: Readonly<Record<string, object>> = {
  id: { type: 'integer' },
  shop: { type: 'string' },
  region: { type: ['string', 'null'] },
};

const NULLABLE = avro('region', ['null', 'string']);
const VERSIONS: Readonly<Record<SchemaFormat, Versions>> = {
  AVRO: [
    registered('AVRO', 1, record([avro('id', 'int'), avro('shop', 'string')])),
    registered('AVRO', 2, record([NULLABLE, avro('shop', 'string'), avro('id', 'long')])),
  ],
  PROTOBUF: [
    registered('PROTOBUF', 1, proto('int32 id = 1; string shop = 2;')),
    registered('PROTOBUF', 2, proto('optional string region = 3; string shop = 2; sint64 id = 4;')),
  ],
  JSON_SCHEMA: [
    registered('JSON', 1, object(['id', 'shop'])),
    registered('JSON', 2, object(['region', 'shop', 'id'])),
  ],
};

interface Side {
  readonly types: KeyTypes;
  readonly older: ValueWriter;
  readonly newer: ValueWriter;
  readonly read: (bytes: Buffer) => Promise<Buffer>;
}

async function sideOf(format: SchemaFormat): Promise<Side> {
  const versions = VERSIONS[format];
  const [older, newer] = versions;
  const form = (await FORMATS[format].compile(newer)).keyForm();
  const types: KeyTypes = { ...form, keyFormat: format };
  const writerOf = (schema: RegisteredSchema): Promise<ValueWriter> =>
    writerBy({ topic: 't', side: 'key', format }, () => Promise.resolve(schema));
  const schemas = new SchemaValues({
    byId: (id) => Promise.resolve(versions.find((schema) => schema.id === id)),
    byGuid: () => Promise.resolve(undefined),
  });
  const readerFor = async (bytes: Buffer): Promise<ReadKey> =>
    keyReaderOf(types, await schemas.readerOf([{ value: bytes }], { format, recordNames: false }));
  return {
    types,
    older: await writerOf(older),
    newer: await writerOf(newer),
    read: async (bytes) => (await readerFor(bytes))(bytes),
  };
}

const orderKey = fc.record({ id: fc.integer(), shop: fc.string({ unit: 'binary' }) });
const formats = Object.keys(VERSIONS) as readonly SchemaFormat[];

/** The members of a key in another order. */
function reversed(key: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(key).toReversed()));
}

test.each(formats)(
  'I-W9: a key in %s comes back, and is one key whatever version or order wrote it',
  async (format) => {
    const { types, older, newer, read } = await sideOf(format);
    const lookup = keyCodecFor(types.keyType, format);
    await fc.assert(
      fc.asyncProperty(orderKey, async (key) => {
        const stored = lookup.fromJson(JSON.stringify(key));
        expect(JSON.parse(stored.toString())).toEqual(key);
        const first = older.fromJson(reversed(key));
        const second = newer.fromJson(JSON.stringify(key));
        expect(first.equals(second)).toBe(false);
        expect(await read(first)).toEqual(stored);
        expect(await read(second)).toEqual(stored);
        if (format !== 'JSON_SCHEMA') {
          const withNull = JSON.stringify({ region: null, ...key });
          expect(lookup.fromJson(withNull)).toEqual(stored);
          expect(await read(newer.fromJson(withNull))).toEqual(stored);
        }
      }),
      { numRuns: RUNS },
    );
  },
);

test.each(formats)('different keys in %s stay different', async (format) => {
  const { newer, read } = await sideOf(format);
  const regional = fc.tuple(orderKey, fc.string({ minLength: 1, unit: 'binary' }));
  await fc.assert(
    fc.asyncProperty(regional, regional, async ([one, region], [other]) => {
      const keys = [one, { ...one, region }, other];
      const stored = await Promise.all(
        keys.map((key) => read(newer.fromJson(JSON.stringify(key)))),
      );
      const texts = new Set(stored.map((bytes) => bytes.toString()));
      const isSame = one.id === other.id && one.shop === other.shop;
      expect(texts.size).toBe(isSame ? 2 : 3);
    }),
    { numRuns: RUNS },
  );
});

test.each<[string, string, string, string]>([
  ['"string"', 'STRING', '"a"', '"a"'],
  ['["null", "string"]', 'STRING', '"a"', '"a"'],
  ['"int"', 'LONG', '7', '7'],
  ['"long"', 'LONG', '9223372036854775807', '9223372036854775807'],
  ['"float"', 'DOUBLE', '0.1', '0.1'],
  ['"bytes"', 'BYTES', '"AQI="', '"AQI="'],
  ['{"type": "string", "logicalType": "uuid"}', 'STRING', '"u"', '"u"'],
])('a key of the Avro schema %s has the type %s', async (text, keyType, json, printed) => {
  const schema = registered('AVRO', 1, text);
  const types: KeyTypes = {
    ...(await FORMATS.AVRO.compile(schema)).keyForm(),
    keyFormat: 'AVRO',
  };
  expect(types.keyType).toBe(keyType);
  const use = { topic: 't', side: 'key', format: 'AVRO' } as const;
  const bytes = (await writerBy(use, () => Promise.resolve(schema))).fromJson(json);
  const schemas = new SchemaValues({
    byId: () => Promise.resolve(schema),
    byGuid: () => Promise.resolve(schema),
  });
  const options = { format: 'AVRO', recordNames: false } as const;
  const header = Buffer.concat([Buffer.from([1]), Buffer.alloc(16, 7)]);
  const named = {
    value: bytes.subarray(5),
    schemaHeader: { name: '__key_schema_id', bytes: header },
  };
  const read = keyReaderOf(types, await schemas.readerOf([{ value: bytes }, named], options));
  const stored = read(bytes);
  expect(keyCodecFor(types.keyType).toJson(stored).toString()).toBe(printed);
  expect(read(named.value, named.schemaHeader)).toEqual(stored);
});

test('a key of a version with another required member is refused, and names it', async () => {
  const { types } = await sideOf('AVRO');
  const third = registered('AVRO', 3, record([avro('id', 'long'), avro('market', 'string')]));
  const use = { topic: 't', side: 'key', format: 'AVRO' } as const;
  const bytes = (await writerBy(use, () => Promise.resolve(third))).fromJson(
    '{"id":1,"market":"x"}',
  );
  const schemas = new SchemaValues({
    byId: () => Promise.resolve(third),
    byGuid: () => Promise.resolve(undefined),
  });
  const options = { format: 'AVRO', recordNames: false } as const;
  const read = keyReaderOf(types, await schemas.readerOf([{ value: bytes }], options));
  expect(() => read(bytes)).toThrow(/key\.market: .* has another form than the keys of the topic/);
});
