import { codecFor } from '@quicksilver/codec/codecs';
import type { KafkaRecord } from '@quicksilver/kafka/ports';
import { encodeChange, type ChangeEvent } from '@quicksilver/testkit/registry/change-events';
import { expect, test } from 'vitest';

import { keyEncodingFor } from '../store/key-encoding.ts';
import type { RecordTypes } from './record-to-op.ts';
import { rowToOp } from './row-to-op.ts';

const TYPES: RecordTypes = {
  keyCodec: codecFor('LONG'),
  keyEncoding: keyEncodingFor('LONG'),
  valueCodec: codecFor('JSON'),
  envelope: 'debezium',
};
const ADA = { id: 7, name: 'Ada', credit: 0, since: 0 };
const KEY = codecFor('LONG').fromText('7');
const STORED = keyEncodingFor('LONG').encode(KEY);

const recordOf = (event: ChangeEvent): KafkaRecord => ({
  offset: 5n,
  timestamp: 9n,
  ...encodeChange(event, 'json'),
});

test('a change event is the operation on its row, and its record has the key of the row', () => {
  const { record, outcome } = rowToOp(recordOf({ op: 'c', after: ADA }), TYPES);
  expect(record.key).toEqual(KEY);
  expect(outcome).toEqual({
    key: STORED,
    record: {
      offset: 5n,
      timestamp: 9n,
      json: Buffer.from('{"id":7,"name":"Ada","credit":"AA==","since":0}'),
    },
  });
});

test.each<ChangeEvent>([
  { op: 'd', before: ADA },
  { op: 'tombstone', id: 7 },
])('$op removes the row, and never one of an immutable topic', (event) => {
  const { outcome } = rowToOp(recordOf(event), TYPES);
  expect(outcome).toEqual({ key: STORED, record: undefined });
  const immutable = rowToOp(recordOf(event), { ...TYPES, isImmutable: true });
  expect(immutable.outcome).toMatchObject({ reason: 'IMMUTABLE_DELETE' });
});

test('a truncation removes all rows, and never those of an immutable topic', () => {
  expect(rowToOp(recordOf({ op: 't' }), TYPES).outcome).toEqual({ isTruncation: true });
  const immutable = rowToOp(recordOf({ op: 't' }), { ...TYPES, isImmutable: true });
  expect(immutable.outcome).toMatchObject({ reason: 'IMMUTABLE_DELETE' });
});

test('poison has the key of the row if it can be read, and else the key of the record', () => {
  const record = recordOf({ op: 'c', after: ADA });
  const value = Buffer.from('{"op":"?"}');
  expect(rowToOp({ ...record, value }, TYPES)).toMatchObject({
    record: { key: KEY },
    outcome: { reason: 'BAD_VALUE' },
  });
  const key = Buffer.from('Struct{id=7}');
  expect(rowToOp({ ...record, key }, TYPES)).toMatchObject({
    record: { key },
    outcome: { reason: 'BAD_KEY' },
  });
  expect(rowToOp({ ...record, key: null }, TYPES).outcome).toMatchObject({ reason: 'NULL_KEY' });
});

test('a schema change, and a record without key and value, mean nothing', () => {
  expect(rowToOp(recordOf({ op: 'schema change' }), TYPES).outcome).toBeUndefined();
  const empty = { ...recordOf({ op: 't' }), value: null };
  expect(rowToOp(empty, TYPES).outcome).toBeUndefined();
});

test('a batch that is too large is poison', () => {
  const record = { ...recordOf({ op: 't' }), unreadable: 'too large' };
  expect(rowToOp(record, TYPES).outcome).toMatchObject({ reason: 'BATCH_TOO_LARGE' });
});
