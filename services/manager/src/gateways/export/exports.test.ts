import { Ajv } from 'ajv';
import avsc from 'avsc';
import protobuf from 'protobufjs';
import { parseAvroSchema } from '@quicksilver/codec/avro/avro-schema';
import { expect, test } from 'vitest';

import { exportType, type ExportFormat } from '../gateway-schema.ts';

const SDL = `
type Query { order(id: ID!): Order @topic(name: "orders", keyArgument: "id") }
"An order."
type Order {
  "Its number."
  id: Long!
  code: ID
  total: Float!
  state: State!
  before: State
  shipped: Boolean
  at: DateTime
  photo: Bytes
  first_name: String
  lines: [Line!]!
  tags: [String!]
  parent: Order
  count: Int @deprecated(reason: "Use lines.")
  short: Short
  customer: Customer @topic(name: "customers", keyField: "code")
  stock: Stock @rest(url: "http://stock.example.com/")
}
type Line { sku: String! amount: Int! }
type Customer { name: String }
type Stock { count: Int }
enum State { NEW PAID }
union Event = Order | Line
type Loose { nulls: [Int] any: JSON amount: BigDecimal event: Event deep: [[Int!]!] at: String @field(name: "@at") }
type Fetched { customer: Customer @topic(name: "customers", keyArgument: "id") }
`;
const order = {
  id: 4294967296123,
  code: 'a',
  total: 19.9,
  state: 'PAID',
  before: null,
  shipped: true,
  at: '2026-01-01T00:00:00Z',
  photo: 'AQI=',
  first_name: 'Ada',
  lines: [{ sku: 'tea', amount: 2 }],
  tags: ['x'],
  parent: null,
  count: 7,
  short: -3,
};
const exported = (type: string, format: ExportFormat): string => exportType(SDL, type, format);

test('Avro: other readers accept the schema and read the same value; topics and services are left out', () => {
  const schema = JSON.parse(exported('order', 'avro')) as avsc.Schema;
  const type = avsc.Type.forSchema(schema, { wrapUnions: false });
  const value = { ...order, photo: Buffer.from('AQI=', 'base64') };
  expect(JSON.parse(JSON.stringify(type.fromBuffer(type.toBuffer(value))))).toEqual(
    JSON.parse(JSON.stringify(value)),
  );
  // Our own reader has the JSON that GraphQL has.
  const reader = parseAvroSchema(JSON.stringify(schema), []);
  expect(JSON.parse(reader.read(type.toBuffer(value), 0))).toEqual(order);
  expect(schema).toMatchObject({
    name: 'Order',
    doc: 'An order.',
    fields: expect.arrayContaining([
      { name: 'id', doc: 'Its number.', type: 'long' },
      { name: 'total', type: 'double' },
      { name: 'parent', type: ['null', 'Order'], default: null },
      { name: 'count', deprecated: 'Use lines.', type: ['null', 'int'], default: null },
    ]),
  });
  expect(exported('Order', 'avro')).not.toMatch(/Customer|Stock/);
  const union = JSON.parse(exported('Event', 'avro')) as unknown[];
  // Line is defined inside of Order, and each name is defined once.
  expect(union).toMatchObject([{ name: 'Order' }, 'Line']);
});

test('Protobuf: another parser accepts the file, and its JSON has the names of GraphQL', () => {
  const text = exported('Order', 'protobuf');
  const { root } = protobuf.parse(text, { keepCase: true });
  const type = root.lookupType('Order');
  const { parent: _parent, before: _before, ...present } = order;
  const message = type.fromObject(present);
  expect(type.verify(message)).toBeNull();
  const read = type.decode(type.encode(message).finish());
  const options = { longs: Number, enums: String, bytes: String, arrays: true };
  expect(type.toObject(read, options)).toEqual(present);
  expect(text).toContain('optional string first_name = 9 [json_name = "first_name"];');
  expect(text).toContain('// Its number.\n  int64 id = 1;');
  expect(text).toContain('optional int32 count = 13 [deprecated = true];');
  // The first message is the type of the values.
  expect(/message (\w+)/.exec(text)?.[1]).toBe('Order');
});

test('JSON Schema: another validator accepts the value, and rejects what ingest rejects', () => {
  const ajv = new Ajv({ strict: false });
  const isOrder = ajv.compile(JSON.parse(exported('Order', 'json-schema')) as object);
  expect(isOrder(order)).toBe(true);
  expect(isOrder({ ...order, more: 1, parent: order })).toBe(true);
  for (const wrong of [
    { id: null },
    { state: 'OLD' },
    { lines: [null] },
    { parent: { id: 1 } },
    { short: 99_999 },
    { total: '1' },
  ]) {
    expect([wrong, isOrder({ ...order, ...wrong })]).toEqual([wrong, false]);
  }
  const isEvent = ajv.compile(JSON.parse(exported('Event', 'json-schema')) as object);
  expect([isEvent(order), isEvent(order.lines[0]), isEvent({})]).toEqual([true, true, false]);
  const isLoose = ajv.compile(JSON.parse(exported('Loose', 'json-schema')) as object);
  expect(isLoose({ nulls: [1, null], any: { a: [] }, deep: [[1]], '@at': 'x' })).toBe(true);
});

test('what a format has no form for is an error with its place', () => {
  expect(() => exported('Loose', 'avro')).toThrow(
    'Loose.any cannot be in Avro: Scalar JSON not supported',
  );
  expect(() => exported('Loose', 'protobuf')).toThrow('Loose.nulls cannot be in Protobuf');
  expect(() => exported('Event', 'protobuf')).toThrow('only a message can be a value');
  expect(() => exported('Nowhere', 'avro')).toThrow('Type Nowhere does not exist');
  expect(() => exported('Fetched', 'json-schema')).toThrow('has no field that is in a record');
});
