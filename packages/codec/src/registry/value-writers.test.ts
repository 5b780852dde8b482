import { expect, test } from 'vitest';

import { SchemaValues } from './schema-values.ts';
import { ValueWriters, writerBy } from './value-writers.ts';

const USE = { topic: 't', side: 'value', format: 'AVRO' } as const;
const schema = { id: 7, format: 'AVRO', text: '"long"', referred: [] };

test('I-W9: what is written is read by the schema that its header names', async () => {
  const bytes = (await writerBy(USE, () => Promise.resolve(schema))).fromJson(
    '9223372036854775807',
  );
  expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000007');
  const requests: number[] = [];
  const values = new SchemaValues({
    byGuid: () => Promise.resolve(undefined),
    byId: (id) => {
      requests.push(id);
      return Promise.resolve(schema);
    },
  });
  const reader = await values.readerOf([{ value: bytes }], { format: 'AVRO', recordNames: false });
  expect(reader.toJson(bytes).toString()).toBe('9223372036854775807');
  expect(requests).toEqual([7]);
});

test('a write fails if the subject is missing or not Avro, and the error names the subject', async () => {
  await expect(writerBy(USE, () => Promise.resolve(undefined))).rejects.toThrow(
    /has no subject t-value/,
  );
  const protobuf = { ...schema, format: 'PROTOBUF' };
  await expect(writerBy(USE, () => Promise.resolve(protobuf))).rejects.toThrow(
    /t-value has the format PROTOBUF/,
  );
  const none = new ValueWriters({ schemaRegistry: undefined, schemaRegistryTimeoutMs: 100 });
  await expect(none.writerOf(USE)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});

const recordOf = (id: number, name: string) => ({
  ...schema,
  id,
  text: JSON.stringify({
    type: 'record',
    namespace: 'shop',
    name,
    fields: [{ name: 'n', type: 'long' }],
  }),
});

test.each([
  ['RecordNameStrategy', ['shop.Placed', 'shop.Paid']],
  ['TopicRecordNameStrategy', ['t-shop.Placed', 't-shop.Paid']],
] as const)(
  'I-W9: with the %s, __typename selects the subject that a value is written with',
  async (strategy, [placed, paid]) => {
    const schemas = new Map([
      [placed, recordOf(1, 'Placed')],
      [paid, recordOf(2, 'Paid')],
    ]);
    const use = { ...USE, strategy, records: ['shop.Placed', 'shop.Paid'] };
    const writer = await writerBy(use, (subject) =>
      Promise.resolve(schemas.get(subject as typeof placed)),
    );
    const written = (name: string) =>
      writer.fromJson(`{"__typename":"${name}","n":1}`).toString('hex');
    expect([written('Placed'), written('shop.Paid')]).toEqual(['000000000102', '000000000202']);
    expect(() => writer.fromJson('{"n":1}')).toThrow(/one of shop\.Placed, shop\.Paid, found none/);
    expect(() => written('Lost')).toThrow(/found "Lost"/);
    await expect(writerBy(use, () => Promise.resolve(undefined))).rejects.toThrow(
      `has no subject ${placed}`,
    );
  },
);

test('a strategy that names records needs their names', async () => {
  const use = { ...USE, strategy: 'RecordNameStrategy' } as const;
  await expect(writerBy(use, () => Promise.resolve(schema))).rejects.toThrow(/no record is named/);
});
