import { codecFor } from '@quicksilver/codec/codecs';
import type { DataType } from '@quicksilver/codec/codec';
import { expect, test } from 'vitest';

import { keyEncodingFor } from '../store/key-encoding.ts';
import { recordToOp, type RecordTypes } from './record-to-op.ts';

const types = (key: DataType, value: DataType): RecordTypes => ({
  keyCodec: codecFor(key),
  keyEncoding: keyEncodingFor(key),
  valueCodec: codecFor(value),
});

const record = (key: Buffer | string | null, value: Buffer | string | null) => ({
  offset: 5n,
  timestamp: 9n,
  key: typeof key === 'string' ? Buffer.from(key) : key,
  value: typeof value === 'string' ? Buffer.from(value) : value,
});

const TEXT_JSON = types('STRING', 'JSON');

test('a record with key and value is a write of its JSON', () => {
  expect(recordToOp(record('a', '{"x":1}'), TEXT_JSON)).toEqual({
    key: Buffer.from('a'),
    record: { offset: 5n, timestamp: 9n, json: Buffer.from('{"x":1}') },
  });
});

test('a null value is a removal, and an empty value is not', () => {
  expect(recordToOp(record('a', null), TEXT_JSON)).toMatchObject({ record: undefined });
  expect(recordToOp(record('a', ''), TEXT_JSON)).toMatchObject({ reason: 'BAD_VALUE' });
  expect(recordToOp(record('a', ''), types('STRING', 'STRING'))).toMatchObject({
    record: { json: Buffer.from('""') },
  });
});

test('an empty key is a key', () => {
  expect(recordToOp(record('', '1'), TEXT_JSON)).toMatchObject({ key: Buffer.alloc(0) });
});

test('a value without a key is poison, and a record without both is ignored', () => {
  expect(recordToOp(record(null, '1'), TEXT_JSON)).toMatchObject({ reason: 'NULL_KEY' });
  expect(recordToOp(record(null, null), TEXT_JSON)).toBeUndefined();
});

test.each<[string, DataType, Buffer]>([
  ['text that is not UTF-8', 'STRING', Buffer.from([0xc3, 0x28])],
  ['an INTEGER of three bytes', 'INTEGER', Buffer.alloc(3)],
  ['a LONG of nine bytes', 'LONG', Buffer.alloc(9)],
  ['a DOUBLE that is infinite', 'DOUBLE', Buffer.from('7ff0000000000000', 'hex')],
  ['a DOUBLE that is no number', 'DOUBLE', Buffer.from('7ff8000000000000', 'hex')],
  ['JSON that is broken', 'JSON', Buffer.from('{"a":')],
])('a key that cannot be read is poison: %s', (_what, type, key) => {
  expect(recordToOp(record(key, '1'), types(type, 'JSON'))).toMatchObject({ reason: 'BAD_KEY' });
  expect(recordToOp(record(key, null), types(type, 'JSON'))).toMatchObject({ reason: 'BAD_KEY' });
});

test.each<[string, DataType, Buffer]>([
  ['invalid UTF-8', 'JSON', Buffer.from([0x22, 0xff, 0x22])],
  ['NaN', 'JSON', Buffer.from('{"a":NaN}')],
  ['nesting beyond any limit', 'JSON', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
  ['an INTEGER of one byte', 'INTEGER', Buffer.alloc(1)],
  ['a LONG of four bytes', 'LONG', Buffer.alloc(4)],
])('a value that cannot be read is poison: %s', (_what, type, value) => {
  expect(recordToOp(record('a', value), types('STRING', type))).toMatchObject({
    reason: 'BAD_VALUE',
  });
});

test.each([
  ['7ff8000000000000', '"NaN"'],
  ['7ff0000000000000', '"Infinity"'],
  ['fff0000000000000', '"-Infinity"'],
])('a DOUBLE that is not finite (%s) is a value', (hex, json) => {
  expect(recordToOp(record('a', Buffer.from(hex, 'hex')), types('STRING', 'DOUBLE'))).toMatchObject(
    { record: { json: Buffer.from(json) } },
  );
});

test('member names that are special in JavaScript are plain data', () => {
  const json = '{"__proto__":{"admin":true},"a":1,"a":2}';
  expect(recordToOp(record('a', json), TEXT_JSON)).toMatchObject({
    record: { json: Buffer.from(json) },
  });
});
