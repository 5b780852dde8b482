import { codecFor } from '@quicksilver/codec/codecs';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import { encodeChange, type ChangeEvent } from '@quicksilver/testkit/registry/change-events';
import { expect, test } from 'vitest';

import { rowRecords } from './row-records.ts';

const TOPIC: TopicEntry = {
  name: 't',
  keyType: 'LONG',
  valueType: 'JSON',
  envelope: 'debezium',
  writeType: 'MUTABLE',
  partitions: 1,
};
const ADA = { id: 7, name: 'Ada', credit: 0, since: 0 };
const EVENTS: readonly ChangeEvent[] = [
  { op: 'c', after: ADA },
  { op: 'd', before: ADA },
  { op: 'tombstone', id: 7 },
  { op: 't' },
  { op: 'schema change' },
];

const JSON_READER = { reader: codecFor('JSON'), readKey: undefined };

test('events are rows and their removals, and poison is counted', () => {
  const broken = { key: Buffer.from('{"id":7}'), value: Buffer.from('{') };
  const records = [...EVENTS.map((event) => encodeChange(event, 'json')), broken].map(
    (record, at) => ({ ...record, offset: BigInt(at), timestamp: 0n }),
  );
  let poison = 0;
  const rows = rowRecords(TOPIC, records, JSON_READER, () => {
    poison += 1;
  });
  const key = codecFor('LONG').fromText('7');
  expect(rows.records).toEqual([
    {
      offset: 0n,
      timestamp: 0n,
      key,
      value: Buffer.from('{"id":7,"name":"Ada","credit":"AA==","since":0}'),
    },
    { offset: 1n, timestamp: 0n, key, value: null },
  ]);
  expect(poison).toBe(1);
});

test('without an envelope the records stay as they are', () => {
  const { envelope: _, ...plain } = TOPIC;
  const records = [{ offset: 0n, timestamp: 0n, key: null, value: null }];
  expect(rowRecords(plain, records, JSON_READER, () => {}).records).toBe(records);
});
