import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { AvroNetwork } from './avro-network.ts';
import { avroBytes, avroType } from './avro-producer.ts';

const DEADLINE_MS = 90_000;
const FETCH_MS = 600_000;

const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more });
const row = (...fields: readonly object[]): object => ({
  type: 'record',
  name: 'Value',
  namespace: 'shop.public.orders',
  fields,
});

/** As Debezium writes a numeric column with a default. */
const PRICE = {
  type: 'bytes',
  scale: 2,
  precision: 10,
  'connect.version': 1,
  'connect.parameters': { scale: '2', 'connect.decimal.precision': '10' },
  'connect.default': '\u0000',
  'connect.name': 'org.apache.kafka.connect.data.Decimal',
  logicalType: 'decimal',
};
const ID = field('id', 'int');
const FIRST = row(ID);
const SECOND = row(
  ID,
  field('price', PRICE, { default: '\u0004\u00d2' }),
  field('note', ['null', 'string'], { default: 'none' }),
);
/** For the other library, which rejects such defaults. */
const WRITTEN = avroType(row(ID, field('price', 'bytes'), field('note', ['null', 'string'])));

const orders = uniqueTopic('debezium');
let avro: AvroNetwork;

beforeAll(async () => {
  avro = await AvroNetwork.start({ topics: [orders] });
  // The registry may have to be fetched.
}, FETCH_MS);
afterAll(() => avro[Symbol.asyncDispose]());

async function expectValue(key: string, value: string): Promise<void> {
  await eventually(async () => {
    const { text } = await call(`${avro.network.mirror(orders).url}/topics/${orders}/keys/${key}`);
    expect(text).toBe(value);
  }, DEADLINE_MS);
}

test('a new version of a schema with a decimal and its default is read and written, and no record is lost', async () => {
  const { registry, producer, network } = avro;
  const first = await registry.register(`${orders}-value`, FIRST);
  await producer.write(orders, [['a', avroBytes(first, avroType(FIRST), { id: 1 })]]);
  await expectValue('a', '{"id":1}');

  const second = await registry.register(`${orders}-value`, SECOND);
  const changed = { id: 2, price: Buffer.from('04d3', 'hex'), note: null };
  await producer.write(orders, [['a', avroBytes(second, WRITTEN, changed)]]);
  await expectValue('a', '{"id":2,"price":12.35,"note":null}');

  const written = await call(`${network.ingest.url}/${orders}`, {
    json: { key: 'b', value: { id: 3 } },
  });
  expect(written.status, written.text).toBe(201);
  await expectValue('b', '{"id":3,"price":12.34,"note":"none"}');
  expect((await call(`${network.mirror(orders).url}/poison`)).json()).toMatchObject({ items: [] });
});

test('a record with its schema id in a header is listed with the cause', async () => {
  const { registry, producer, network } = avro;
  const id = await registry.register(`${orders}-value`, FIRST);
  const bytes = avroBytes(id, avroType(FIRST), { id: 4 });
  await producer.write(orders, [['c', bytes]], [['__value_schema_id', Buffer.from('01', 'hex')]]);
  await eventually(async () => {
    const { text } = await call(`${network.mirror(orders).url}/poison`);
    expect(text).toContain('in the record header __value_schema_id');
  }, DEADLINE_MS);
  expect((await call(`${network.mirror(orders).url}/topics/${orders}/keys/c`)).status).toBe(404);
});
