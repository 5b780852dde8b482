import { readFileSync } from 'node:fs';

import {
  AVRO_ENVELOPE_SCHEMA,
  AVRO_KEY_SCHEMA,
  AVRO_SCHEMA_CHANGE_SCHEMA,
  CHANGE_ENCODINGS,
  encodeChange,
  type ChangeEncoding,
  type ChangeEvent,
} from '@quicksilver/testkit/registry/change-events';
import { describe, expect, test } from 'vitest';

import type { DataType } from '../codec.ts';
import { codecFor } from '../codecs.ts';
import { SchemaValues, type ReadableRecord, type ValueReader } from '../registry/schema-values.ts';
import { readablesOf } from '../registry/value-readers.ts';
import { KEY_HEADER, SCHEMA_HEADER_BYTES, VALUE_HEADER } from '../schema-header.ts';
import { detectEnvelope } from './detect-envelope.ts';
import { rowEventOf, type ChangeRecord } from './row-event.ts';

const ADA = { id: 7, name: 'Ada "the \\ first"', credit: -105, since: 1_764_000_000_123_456 };
const EVENTS: readonly ChangeEvent[] = [
  { op: 'r', after: ADA },
  { op: 'c', after: ADA },
  { op: 'u', before: null, after: { ...ADA, credit: 30_000 } },
  { op: 'u', before: ADA, after: ADA },
  { op: 'd', before: ADA },
  { op: 'tombstone', id: 7 },
  { op: 't' },
  { op: 'schema change' },
];
const SCHEMAS = [AVRO_KEY_SCHEMA, AVRO_ENVELOPE_SCHEMA, AVRO_SCHEMA_CHANGE_SCHEMA];

async function readerOf(encoding: ChangeEncoding, records: readonly ReadableRecord[]) {
  if (encoding !== 'avro') {
    return codecFor('JSON');
  }
  const values = new SchemaValues({
    byId: (id) =>
      Promise.resolve({
        id,
        format: 'AVRO',
        text: JSON.stringify(SCHEMAS[id - 1]),
        referred: [],
      }),
    byGuid: () => Promise.resolve(undefined),
  });
  return values.readerOf(records, { format: 'AVRO', recordNames: false, isChange: true });
}

/** What a record means, with its key and its row as text. */
function meaningOf(
  record: ChangeRecord,
  keyType: DataType,
  reader: ValueReader = codecFor('JSON'),
): unknown {
  const event = rowEventOf(record, { keyType, reader });
  return {
    ...event,
    ...('key' in event && event.key && { key: codecFor(keyType).toJson(event.key).toString() }),
    ...('json' in event && { json: event.json.toString() }),
  };
}

describe.each(CHANGE_ENCODINGS)('a record in %s', (encoding) => {
  const records = EVENTS.map((event) => encodeChange(event, encoding));
  const all = readablesOf({ valueType: 'AVRO', envelope: 'debezium' }, records);
  const credit = (number: string, base64: string) =>
    encoding === 'json' ? JSON.stringify(base64) : number;
  const row = (text: string) =>
    `{"id":7,"name":"Ada \\"the \\\\ first\\"","credit":${text},"since":1764000000123456}`;
  const ada = row(credit('-1.05', 'lw=='));

  test.each<DataType>(['INTEGER', 'LONG'])(
    'is an upsert, a delete, a truncation or ignored, with the only column as %s',
    async (keyType) => {
      const reader = await readerOf(encoding, all);
      expect(records.map((record) => meaningOf(record, keyType, reader))).toEqual([
        { kind: 'upsert', key: '7', json: ada },
        { kind: 'upsert', key: '7', json: ada },
        { kind: 'upsert', key: '7', json: row(credit('300.00', 'dTA=')) },
        { kind: 'upsert', key: '7', json: ada },
        { kind: 'delete', key: '7', isTombstone: false },
        { kind: 'delete', key: '7', isTombstone: true },
        { kind: 'truncate' },
        { kind: 'ignore', what: 'schema change' },
      ]);
    },
  );

  test('has all columns of its key with keys of type JSON', async () => {
    const reader = await readerOf(encoding, all);
    expect(records.slice(0, 6).map((record) => meaningOf(record, 'JSON', reader))).toMatchObject(
      records.slice(0, 6).map(() => ({ key: '{"id":7}' })),
    );
  });

  test('is detected in a sample, with tombstones and schema changes', async () => {
    const reader = await readerOf(encoding, all);
    const texts = records.map(({ value }) => value && reader.toJson(value).toString());
    expect(detectEnvelope(texts)).toEqual({
      envelope: 'debezium',
      changes: 6,
      bystanders: 1,
      rest: 0,
    });
  });
});

test('record headers may name the schemas of the key and the value', async () => {
  const { key, value } = encodeChange({ op: 'c', after: ADA }, 'avro');
  const named = (name: string, bytes: Buffer | null) => ({
    data: bytes && bytes.subarray(SCHEMA_HEADER_BYTES),
    header: { name, bytes: bytes && bytes.subarray(0, SCHEMA_HEADER_BYTES) },
  });
  const [ofKey, ofValue] = [named(KEY_HEADER, key), named(VALUE_HEADER, value)];
  const record = {
    key: ofKey.data,
    keySchemaHeader: ofKey.header,
    value: ofValue.data,
    schemaHeader: ofValue.header,
  };
  const form = { valueType: 'AVRO', envelope: 'debezium' } as const;
  const reader = await readerOf('avro', readablesOf(form, [record]));
  expect(meaningOf(record, 'LONG', reader)).toMatchObject({ kind: 'upsert', key: '7' });
  expect(meaningOf({ ...record, value: null }, 'LONG', reader)).toMatchObject({
    kind: 'delete',
    key: '7',
  });
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const change = (op: string, after?: unknown, key: unknown = { id: 1 }) => ({
  key: key === null ? null : json(key),
  value: json({ before: null, after, op, source: { connector: 'mysql', ts_ms: 1 } }),
});

describe('the key of a row', () => {
  test.each<[string, unknown, DataType, string]>([
    ['several columns are an object', { a: 1, b: 'x' }, 'JSON', '{"a":1,"b":"x"}'],
    ['a column of text', { id: 'a"b' }, 'STRING', '"a\\"b"'],
    ['a number with a fraction', { id: 1.5 }, 'DOUBLE', '1.5'],
    ['a key that a transformation has extracted', 5, 'LONG', '5'],
  ])('%s', (_title, key, keyType, text) => {
    expect(meaningOf(change('c', { x: 1 }, key), keyType)).toMatchObject({ key: text });
  });

  test('white space between its members makes no other key', () => {
    const { value } = change('c', { x: 1 });
    const key = Buffer.from('{ "a" : 1,\n "b": 2 }');
    expect(meaningOf({ key, value }, 'JSON')).toMatchObject({ key: '{"a":1,"b":2}' });
  });

  test('a decimal with a Connect schema is a number', () => {
    const decimal = { name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '-2' } };
    const schema = { type: 'struct', fields: [{ ...decimal, type: 'bytes', field: 'id' }] };
    const key = { schema, payload: { id: 'BQ==' } };
    expect(meaningOf(change('c', { x: 1 }, key), 'LONG')).toMatchObject({ key: '500' });
  });

  test.each<[string, unknown, DataType, RegExp]>([
    ['several columns', { a: 1, b: 2 }, 'LONG', /2 columns \(a, b\), expected one of type LONG/],
    ['no column', {}, 'LONG', /0 columns/],
    ['a column of another type', { id: 'x' }, 'LONG', /LONG/],
  ])('is poison with %s', (_title, key, keyType, detail) => {
    expect(meaningOf(change('c', { x: 1 }, key), keyType)).toMatchObject({
      kind: 'poison',
      reason: 'BAD_KEY',
      detail: expect.stringMatching(detail),
    });
  });

  test('is needed for a change of a row, and not for a truncation', () => {
    expect(meaningOf(change('u', { x: 1 }, null), 'LONG')).toMatchObject({
      kind: 'poison',
      reason: 'NULL_KEY',
      detail: expect.stringContaining('message.key.columns'),
    });
    expect(meaningOf(change('t', undefined, null), 'LONG')).toEqual({ kind: 'truncate' });
    expect(meaningOf({ key: null, value: null }, 'LONG')).toEqual({
      kind: 'ignore',
      what: 'empty',
    });
  });
});

test.each<[string, object]>([
  ['transaction', { status: 'BEGIN', id: '571:53195829', event_count: null, ts_ms: 1 }],
  ['heartbeat', { ts_ms: 1 }],
  ['message', { op: 'm', ts_ms: 1, source: {}, message: { prefix: 'p', content: 'Zm9v' } }],
  ['schema change', { source: {}, databaseName: 'shop', ddl: 'DROP TABLE x', tableChanges: [] }],
])('a %s says nothing about rows', (what, value) => {
  const record = { key: json({ serverName: 'shop' }), value: json(value) };
  expect(meaningOf(record, 'LONG')).toEqual({ kind: 'ignore', what });
  expect(detectEnvelope([JSON.stringify(value)])).toMatchObject({ envelope: undefined });
});

test('a document of MongoDB is the JSON in its text', () => {
  expect(
    meaningOf(change('c', '{"_id":{"$oid":"5f"},"n":9007199254740993}'), 'LONG'),
  ).toMatchObject({ kind: 'upsert', json: '{"_id":{"$oid":"5f"},"n":9007199254740993}' });
});

test('a decimal with a scale of its own is a number, in structs, lists and maps', () => {
  const variable = (field?: string) => ({
    type: 'struct',
    name: 'io.debezium.data.VariableScaleDecimal',
    ...(field === undefined ? {} : { field }),
  });
  const schema = {
    type: 'struct',
    fields: [
      {
        type: 'struct',
        field: 'after',
        fields: [
          variable('n'),
          { type: 'array', items: variable(), field: 'list' },
          { type: 'map', keys: { type: 'string' }, values: variable(), field: 'map' },
          { type: 'string', field: 'text' },
        ],
      },
    ],
  };
  const number = { scale: 3, value: 'BNI=' };
  const after = { n: number, list: [number, null], map: { a: number }, text: 'BNI=' };
  const value = json({ schema, payload: { op: 'c', after, source: {} } });
  expect(meaningOf({ key: json({ id: 1 }), value }, 'LONG')).toMatchObject({
    json: '{"n":1.234,"list":[1.234,null],"map":{"a":1.234},"text":"BNI="}',
  });
});

test.each<[string, Buffer, RegExp]>([
  ['no JSON', Buffer.from('{"op":'), /JSON/],
  ['no bytes', Buffer.alloc(0), /JSON/],
  ['not an object', json([1]), /found ARRAY/],
  ['a row that the connector has unwrapped', json({ id: 1, name: 'x' }), /ExtractNewRecordState/],
  ['an op that does not exist', json({ op: 'x' }), /found "x"/],
  ['an update without its row', change('u', null).value, /after\) is missing/],
  ['a row that is a number', change('c', 5).value, /found NUMBER/],
  ['a document that is not JSON', change('c', '{"a"').value, /is not JSON/],
])('a value is poison if it has %s', (_title, value, detail) => {
  expect(meaningOf({ key: json({ id: 1 }), value }, 'LONG')).toMatchObject({
    kind: 'poison',
    reason: 'BAD_VALUE',
    key: '1',
    detail: expect.stringMatching(detail),
  });
});

test('a sample with other records, or without changes of rows, has no envelope', () => {
  const envelope = change('c', { x: 1 }).value.toString();
  expect(detectEnvelope([envelope, null, envelope])).toMatchObject({ envelope: 'debezium' });
  expect(detectEnvelope([envelope, '{"id":1}'])).toMatchObject({ envelope: undefined, rest: 1 });
  expect(detectEnvelope(['{"op":"c","after":{"x":1}}'])).toMatchObject({ envelope: undefined });
  expect(detectEnvelope([null])).toMatchObject({ envelope: undefined, changes: 0 });
});

test('the records of the page on change data capture are the rows that it shows', () => {
  const page = readFileSync(
    new URL('../../../../docs/change-data-capture.md', import.meta.url),
    'utf8',
  );
  const block = (name: string): unknown =>
    JSON.parse(new RegExp(`^\`\`\`json ${name}\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1] ?? '');
  const rows: Record<string, unknown> = {};
  for (const { key, value } of block('events') as readonly { key: unknown; value: unknown }[]) {
    const record = { key: json(key), value: value === null ? null : json(value) };
    const event = rowEventOf(record, { keyType: 'LONG', reader: codecFor('JSON') });
    if (event.kind === 'upsert') {
      rows[codecFor('LONG').toJson(event.key).toString()] = JSON.parse(event.json.toString());
    } else if (event.kind === 'delete') {
      delete rows[codecFor('LONG').toJson(event.key).toString()];
    } else {
      throw new Error(`unexpected ${event.kind}`);
    }
  }
  expect(rows).toEqual(block('rows'));
});
