import { expect, test } from 'vitest';

import { parseDefinition } from '../parse/parse-definition.ts';
import { avroShape } from './avro-shape.ts';
import { generateSchema } from './generate-schema.ts';
import { inferShape } from './infer-shape.ts';
import { JSON_SHAPE } from './record-shape.ts';
import type { SourceTopic } from './source-topic.ts';

const topic = (facts: Partial<SourceTopic> & Pick<SourceTopic, 'name' | 'value'>): SourceTopic => ({
  keyType: 'STRING',
  key: 'String',
  records: [],
  isComplete: true,
  isLarge: false,
  note: 'It is a test.',
  ...facts,
});
const ofAvro = (...schemas: readonly object[]) =>
  avroShape(schemas.map((schema) => ({ text: JSON.stringify(schema), referred: [] }))) ??
  JSON_SHAPE;

test('documentation, deprecations, logical types, enums and recursion of Avro are carried over', () => {
  const value = ofAvro({
    type: 'record',
    name: 'Part',
    namespace: 'com.shop',
    doc: 'A part,\nand its parts.',
    fields: [
      { name: 'id', type: 'long', doc: 'Its number.' },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
      { name: 'since', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }] },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'OLD'] } },
      { name: 'parts', type: { type: 'array', items: 'Part' } },
      { name: 'tags', type: { type: 'map', values: 'string' } },
      { name: 'code', type: 'string', doc: 'The code. @deprecated Use id.' },
      { name: 'note', type: ['string', 'long'], deprecated: true },
    ],
  });
  expect(generateSchema([topic({ name: 'parts', value, isLarge: true })])).toBe(`type Query {
  # Topic parts: It is a test.
  "The record of the topic parts with this key."
  part(key: String!): Part @topic(name: "parts", keyArgument: "key")
  "The records with these keys, in their order. A missing one is null."
  partsByKey(keys: [String!]!): [Part] @topic(name: "parts", keyArgument: "keys")
  "The records of the topic parts, page by page."
  parts(first: Int, after: String): PartConnection! @topic(name: "parts")
}

type Subscription {
  "Every new record of the topic parts, or those of one key."
  partUpdates(key: String): Part @topic(name: "parts", keyArgument: "key")
}

"""
A part,
and its parts.
"""
type Part {
  "Its number."
  id: Long!
  price: BigDecimal!
  since: DateTime
  state: State!
  parts: [Part!]!
  tags: JSON!
  "The code."
  code: String! @deprecated(reason: "Use id.")
  note: JSON! @deprecated(reason: "No longer supported")
}

enum State {
  NEW
  OLD
}

type PartConnection {
  edges: [PartEdge!]!
  pageInfo: PageInfo!
}

type PartEdge {
  cursor: String!
  node: Part
}
`);
});

test('a field that an older version lacks or allows to be null is nullable, and other records are a union', () => {
  const record = (name: string, ...fields: readonly object[]) => ({ type: 'record', name, fields });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name, type: 'int' }));
  const value = ofAvro(
    record('Placed', a ?? {}, b ?? {}, c ?? {}),
    record('Placed', a ?? {}, { name: 'b', type: ['null', 'int'] }),
    record('Cancelled', a ?? {}),
  );
  const sdl = generateSchema([topic({ name: 'shop-events', value })]);
  expect(sdl).toContain('type Placed {\n  a: Int!\n  b: Int\n  c: Int\n}');
  expect(sdl).toContain('union ShopEventUnion = Placed | Cancelled');
  expect(sdl).toContain('shopEvents: [ShopEventUnion] @topic(name: "shop-events")');
});

test('joins need a fitting name and values; without a name they are comments, and without values nothing', () => {
  const customers = Array.from({ length: 8 }, (_, at) => ({ key: `c${at}`, value: { name: 'x' } }));
  const orders = Array.from({ length: 8 }, (_, at) => ({
    key: at,
    value: {
      customer_id: `c${at}`,
      buyer: `c${at}`,
      customer: 'x',
      items: [{ customerIds: ['c1', 'c2'] }],
    },
  }));
  const sdl = generateSchema([
    topic({
      name: 'customers',
      value: inferShape(customers.map(({ value }) => value)) ?? JSON_SHAPE,
      records: customers,
    }),
    topic({
      name: 'orders',
      keyType: 'LONG',
      key: 'Long',
      value: inferShape(orders.map(({ value }) => value)) ?? JSON_SHAPE,
      records: orders,
      isComplete: false,
    }),
  ]);
  expect(sdl).toContain(
    '  "8 of 8 values of customer_id are keys in all records of customers."\n  customerCustomer: Customer @topic(name: "customers", keyField: "customer_id")',
  );
  expect(sdl).toContain('# Perhaps: buyerCustomer: Customer @topic(');
  expect(sdl).toContain('customers: [Customer] @topic(name: "customers", keyField: "customerIds")');
  expect(sdl).not.toContain('keyField: "customer")');
});

test('keys that are objects are an input, with the members that GraphQL cannot name', () => {
  const key = {
    fields: [
      { name: 'shop', scalar: 'Int' },
      { name: 'order-number', scalar: 'Long' },
    ],
  } as const;
  const value = inferShape([{ total: 1 }]) ?? JSON_SHAPE;
  const sdl = generateSchema([topic({ name: 'orders', keyType: 'JSON', key, value })]) ?? '';
  expect(sdl).toContain('order(key: OrderKey!): Order @topic(name: "orders", keyArgument: "key")');
  expect(sdl).toContain('ordersByKey(keys: [OrderKey!]!): [Order]');
  expect(sdl).toContain('orderUpdates(key: OrderKey): Order');
  expect(sdl).toContain(
    'input OrderKey {\n  shop: Int!\n  order_number: Long! @field(name: "order-number")\n}\n',
  );
  expect(() => parseDefinition(sdl)).not.toThrow();
});
