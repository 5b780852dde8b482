import { encodeChange } from '@quicksilver/testkit/registry/change-events';

import type { ForeignSchema, ForeignTopic } from './foreign-topics.ts';

const COUNT = 12;

const avro = (name: string, ...fields: readonly (readonly [string, unknown])[]): ForeignSchema => ({
  format: 'AVRO',
  schema: {
    type: 'record',
    name,
    namespace: 'com.shop',
    fields: fields.map(([field, type]) => ({ name: field, type })),
  },
});
const protobuf = (message: string): ForeignSchema => ({
  format: 'PROTOBUF',
  schema: `syntax = "proto3"; package shop; message ${message}`,
});
const jsonSchema = (title: string, properties: object): ForeignSchema => ({
  format: 'JSON_SCHEMA',
  schema: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    type: 'object',
    properties,
    required: Object.keys(properties),
  },
});
const records = (key: string, valueOf: (at: number) => unknown): ForeignTopic['records'] =>
  Array.from({ length: COUNT }, (_, at) => [`${key}${at}`, JSON.stringify(valueOf(at))]);
const text = { type: 'string' };

/** 20 topics in all formats, as a shop of several teams may have them. */
export const SHOP_TOPICS: readonly ForeignTopic[] = [
  {
    name: 'shop.customers',
    partitions: 3,
    schema: avro('Customer', ['customerId', 'string'], ['name', 'string'], ['points', 'long']),
    records: records('c', (at) => ({ customerId: `c${at}`, name: `Customer ${at}`, points: at })),
  },
  {
    name: 'shop.addresses',
    schema: avro('Address', ['street', 'string'], ['zip', ['null', 'string']]),
    records: records('a', (at) => ({ street: `${at} Main Street`, zip: null })),
  },
  {
    name: 'shop.employees',
    schema: avro('Employee', ['name', 'string'], ['storeId', 'string']),
    records: records('e', (at) => ({ name: `Employee ${at}`, storeId: `s${at}` })),
  },
  {
    name: 'shop.stores',
    schema: avro('Store', ['city', 'string']),
    records: records('s', (at) => ({ city: `City ${at}` })),
  },
  {
    name: 'shop.orders',
    partitions: 3,
    schema: protobuf(
      'Order { uint64 number = 1; string customer_id = 2; string product_id = 3; double total = 4; }',
    ),
    records: records('o', (at) => ({
      number: 1_000 + at,
      customerId: `c${at}`,
      productId: `p${at}`,
      total: at / 2,
    })),
  },
  {
    name: 'shop.shipments',
    schema: protobuf('Shipment { string order_id = 1; bool is_sent = 2; }'),
    records: records('h', (at) => ({ orderId: `o${at}`, isSent: at % 2 === 0 })),
  },
  {
    name: 'shop.returns',
    schema: protobuf('Return { string order_id = 1; repeated string reasons = 2; }'),
    records: records('r', (at) => ({ orderId: `o${at}`, reasons: ['size'] })),
  },
  {
    name: 'shop.products',
    schema: jsonSchema('Product', { title: text, price: { type: 'number' } }),
    records: records('p', (at) => ({ title: `Product ${at}`, price: at * 1.5 })),
  },
  {
    name: 'shop.categories',
    schema: jsonSchema('Category', { title: text }),
    records: records('g', (at) => ({ title: `Category ${at}` })),
  },
  {
    name: 'shop.coupons',
    schema: jsonSchema('Coupon', { code: text, percent: { type: 'integer' } }),
    records: records('k', (at) => ({ code: `CODE${at}`, percent: at })),
  },
  {
    name: 'shop.events',
    schema: {
      format: 'AVRO',
      schema: ['Opened', 'Closed'].map((name) => ({
        type: 'record',
        name,
        fields: [{ name: `at${name}`, type: 'long' }],
      })),
    },
    records: records('v', (at) => (at % 2 === 0 ? { atOpened: at } : { atClosed: at })),
  },
  {
    name: 'shop.suppliers',
    records: Array.from({ length: COUNT }, (_, at) => {
      const after = { id: at, name: `Supplier ${at}`, credit: at * 100, since: at };
      const { key, value } = encodeChange({ op: 'c', after }, 'json with schemas');
      return [key ?? '', value ?? ''];
    }),
  },
  ...['payments', 'reviews', 'carts', 'wishes', 'visits'].map((name) => ({
    name: `shop.${name}`,
    records: records(name.slice(0, 2), (at) => ({ customerId: `c${at}`, at: 1_764_000_000_000 })),
  })),
  {
    name: 'shop.slogans',
    records: Array.from({ length: COUNT }, (_, at) => [`l${at}`, `Buy ${at} of them`]),
  },
  ...(['stock', 'ratings'] as const).map((name) => ({
    name: `shop.${name}`,
    records: Array.from({ length: COUNT }, (_, at): [string, Buffer] => {
      const value = Buffer.alloc(8);
      if (name === 'stock') {
        value.writeBigInt64BE(BigInt(at));
      } else {
        value.writeDoubleBE(at + 0.5);
      }
      return [`p${at}`, value];
    }),
  })),
];
