import { expect, test } from 'vitest';

import { formMismatch, type KeyForm } from './key-form.ts';
import { FORMATS } from './registry/formats.ts';

async function formOf(format: keyof typeof FORMATS, schema: unknown): Promise<KeyForm> {
  const text = format === 'PROTOBUF' ? String(schema) : JSON.stringify(schema);
  const { registryName, compile } = FORMATS[format];
  return (await compile({ id: 1, format: registryName, text, referred: [] })).keyForm();
}

const record = (...fields: readonly unknown[]): object => ({ type: 'record', name: 'K', fields });
const field = (name: string, type: unknown): object => ({ name, type });

test('the form of a record has its members, and null only decides whether one is required', async () => {
  const fields = [
    field('id', 'int'),
    field('tags', { type: 'array', items: 'string' }),
    field('at', ['null', 'long']),
    field('line', { type: 'record', name: 'L', fields: [field('no', 'double')] }),
  ];
  expect(await formOf('AVRO', record(...fields))).toEqual({
    keyType: 'JSON',
    keySchema: {
      type: 'K!',
      types: {
        K: { fields: { id: 'Long!', tags: '[String!]!', at: 'Long', line: 'L!' } },
        L: { fields: { no: 'Float!' } },
      },
    },
  });
});

test('the form of a message has the JSON names of its fields, and one with presence may be absent', async () => {
  const text = `syntax = "proto3"; import "google/protobuf/timestamp.proto";
    message K { int64 order_id = 1; optional string shop = 2; google.protobuf.Timestamp at = 3; E e = 4; repeated uint64 n = 5; }
    enum E { A = 0; }`;
  const { keySchema } = await formOf('PROTOBUF', text);
  expect(keySchema?.types).toEqual({
    K: {
      fields: { orderId: 'Long!', shop: 'String', at: 'String', e: 'String!', n: '[BigInteger!]' },
    },
  });
});

test('the form of a JSON Schema has the simple members, and any JSON can be a key', async () => {
  const properties = { id: { type: 'integer' }, name: { type: ['string', 'null'] }, more: {} };
  const form = await formOf('JSON_SCHEMA', { type: 'object', properties, required: ['id'] });
  expect(form.keySchema?.types).toEqual({
    Key: { fields: { id: 'BigInteger!', name: 'String', more: 'JSON' } },
  });
  expect(await formOf('JSON_SCHEMA', { type: 'string' })).toEqual({ keyType: 'STRING' });
  expect(await formOf('JSON_SCHEMA', {})).toEqual({ keyType: 'JSON' });
});

test.each<[string, 'AVRO' | 'PROTOBUF', unknown, RegExp]>([
  [
    'a map',
    'AVRO',
    record(field('m', { type: 'map', values: 'int' })),
    /key\.m is of the type map/,
  ],
  ['a union', 'AVRO', ['string', 'long'], /The key is a union of several types/],
  [
    'a list of records',
    'AVRO',
    record(field('l', { type: 'array', items: { ...record(), name: 'L' } })),
    /key\.l is of the type array/,
  ],
  [
    'a map',
    'PROTOBUF',
    'syntax="proto3"; message K { map<string, int32> m = 1; }',
    /key\.m is a map/,
  ],
])('row 144: %s in %s cannot be a key', async (_what, format, schema, says) => {
  await expect(formOf(format, schema)).rejects.toThrow(says);
});

test.each<[string, readonly object[], readonly object[], RegExp | undefined]>([
  [
    'another order',
    [field('a', 'int'), field('b', 'string')],
    [field('b', 'string'), field('a', 'int')],
    undefined,
  ],
  ['a wider number', [field('a', 'long')], [field('a', 'int')], undefined],
  [
    'a member that may be null',
    [field('a', 'int'), field('b', ['null', 'int'])],
    [field('a', 'int')],
    undefined,
  ],
  [
    'another member',
    [field('a', 'int')],
    [field('a', 'int'), field('b', 'int')],
    /also have the member key\.b/,
  ],
  [
    'a missing member',
    [field('a', 'int'), field('b', 'int')],
    [field('a', 'int')],
    /lack the member key\.b/,
  ],
  [
    'another type',
    [field('a', 'int')],
    [field('a', 'string')],
    /key\.a is of type String instead of Long/,
  ],
])('keys of a version with %s', async (_what, newer, older, says) => {
  const mismatch = formMismatch(
    await formOf('AVRO', record(...newer)),
    await formOf('AVRO', record(...older)),
  );
  if (says === undefined) {
    expect(mismatch).toBeUndefined();
  } else {
    expect(mismatch).toMatch(says);
  }
});

test('versions of a record that contains itself are compared', async () => {
  const chain = await formOf('AVRO', record(field('id', 'int'), field('next', ['null', 'K'])));
  expect(formMismatch(chain, chain)).toBeUndefined();
  expect(formMismatch({ keyType: 'LONG' }, { keyType: 'STRING' })).toMatch(
    /STRING instead of LONG/,
  );
});
