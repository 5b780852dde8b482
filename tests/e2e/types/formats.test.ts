import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { AvroNetwork } from './avro-network.ts';

const DEADLINE_MS = 60_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;
const OPERATION_MS = 30_000;
const NUMBER = '9007199254740993';
const UUID = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';

const MONEY =
  'syntax = "proto3"; package shop; message Money { int64 cents = 1; string currency = 2; }';
const ORDER = `syntax = "proto3"; package shop; import "shop/money.proto"; import "google/protobuf/timestamp.proto";
message Order { int64 order_number = 1; Money total = 2; repeated Item items = 3; State state = 4;
google.protobuf.Timestamp at = 5; message Item { string sku = 1; int32 count = 2; } }
enum State { OPEN = 0; PAID = 1; }`;
const CUSTOMER = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { name: { type: 'string', pattern: '^[A-Z]' }, points: { type: 'integer' } },
  required: ['name'],
};

/** The schema of an event, with further fields before the first one. */
const EVENT = (...fields: readonly object[]): unknown => ({
  type: 'record',
  name: 'Event',
  fields: [...fields, { name: 'name', type: 'string' }],
});
const POINTS = { name: 'points', type: ['null', 'int'], default: null };

describe('topics of every format, by the schemas of a real registry', () => {
  const [orders, customers] = [uniqueTopic('orders'), uniqueTopic('customers')];
  const events = uniqueTopic('events');
  const keyed = {
    SHORT: uniqueTopic('short'),
    FLOAT: uniqueTopic('float'),
    BOOLEAN: uniqueTopic('boolean'),
    BYTES: uniqueTopic('bytes'),
    UUID: uniqueTopic('uuid'),
  } as const;
  let stack: AvroNetwork;
  let orderId = 0;
  let customerId = 0;

  beforeAll(async () => {
    stack = await AvroNetwork.start({
      topics: [
        { name: orders, valueType: 'PROTOBUF' },
        { name: customers, valueType: 'JSON_SCHEMA' },
        events,
        ...Object.entries(keyed).map(([type, name]) => {
          const keyType = type as keyof typeof keyed;
          return { name, keyType, valueType: keyType };
        }),
      ],
      gatewayEnv: { QUICK_OPERATION_TIMEOUT_MS: String(OPERATION_MS) },
      schema: `
        type Query {
          order(id: ID!): Order @topic(name: "${orders}", keyArgument: "id")
          customer(id: ID!): Customer @topic(name: "${customers}", keyArgument: "id")
          event(id: ID!): Event @topic(name: "${events}", keyArgument: "id")
          short(key: Short!): Short @topic(name: "${keyed.SHORT}", keyArgument: "key")
          float(key: Float!): Float @topic(name: "${keyed.FLOAT}", keyArgument: "key")
          boolean(key: Boolean!): Boolean @topic(name: "${keyed.BOOLEAN}", keyArgument: "key")
          bytes(key: Bytes!): Bytes @topic(name: "${keyed.BYTES}", keyArgument: "key")
          uuid(key: ID!): ID @topic(name: "${keyed.UUID}", keyArgument: "key")
        }
        type Mutation {
          placeOrder(id: ID!, order: OrderInput): Order @topic(name: "${orders}")
          addCustomer(id: ID!, customer: CustomerInput): Customer @topic(name: "${customers}")
          setShort(key: Short!, value: Short): Short @topic(name: "${keyed.SHORT}")
          setFloat(key: Float!, value: Float): Float @topic(name: "${keyed.FLOAT}")
          setBoolean(key: Boolean!, value: Boolean): Boolean @topic(name: "${keyed.BOOLEAN}")
          setBytes(key: Bytes!, value: Bytes): Bytes @topic(name: "${keyed.BYTES}")
          setUuid(key: ID!, value: ID): ID @topic(name: "${keyed.UUID}")
        }
        enum State { OPEN PAID LOST }
        type Order {
          orderNumber: Long! total: Money items: [Item!]! state: State! at: DateTime note: String
        }
        type Event { name: String! points: Int }
        type Money { cents: Long! currency: String! }
        type Item { sku: String! count: Int! }
        type Customer { name: String! points: Int }
        input OrderInput { orderNumber: Long total: MoneyInput state: State at: DateTime }
        input MoneyInput { cents: Long currency: String }
        input CustomerInput { name: String points: Int }`,
    });
    const { registry } = stack;
    await registry.register('money', MONEY, [], 'PROTOBUF');
    const references = [{ name: 'shop/money.proto', subject: 'money', version: 1 }];
    orderId = await registry.register(`${orders}-value`, ORDER, references, 'PROTOBUF');
    customerId = await registry.register(`${customers}-value`, CUSTOMER, [], 'JSON');
  }, FETCH_MS);
  afterAll(() => stack[Symbol.asyncDispose]());

  /** The text of the response without positions: JavaScript would lose digits. */
  const ask = async (query: string): Promise<string> =>
    (await call(`${stack.network.gateway.url}/graphql`, { json: { query } })).text.replace(
      /,"extensions":\{"positions":"[^"]*"\}\}$/,
      '}',
    );
  const answers = (query: string, data: string): Promise<void> =>
    eventually(async () => expect(await ask(query)).toBe(`{"data":${data}}`), DEADLINE_MS);
  const named = (id: number, hex: string): Buffer => {
    const header = Buffer.alloc(5);
    header.writeUInt32BE(id, 1);
    return Buffer.concat([header, Buffer.from(hex, 'hex')]);
  };

  test('I-W9: a mutation writes Protobuf with a schema that imports another one, and a query shows it', async () => {
    const text = await ask(
      `mutation { placeOrder(id: "a", order: { orderNumber: ${NUMBER}, total: { cents: ${NUMBER}, currency: "EUR" }, state: PAID, at: "2026-01-31T10:00:00.5+01:00" }) { orderNumber } }`,
    );
    expect(text).toBe(`{"data":{"placeOrder":{"orderNumber":${NUMBER}}}}`);
    await answers(
      '{ order(id: "a") { orderNumber total { cents currency } items { sku } state at } }',
      `{"order":{"orderNumber":${NUMBER},"total":{"cents":${NUMBER},"currency":"EUR"},"items":[],"state":"PAID","at":"2026-01-31T09:00:00.500Z"}}`,
    );
  });

  test('row 41: a value that does not fit is rejected with its path', async () => {
    const text = await ask(
      'mutation { placeOrder(id: "b", order: { state: LOST }) { orderNumber } }',
    );
    expect(text).toContain('value.state: expected one of OPEN, PAID');
    const second = await ask(
      'mutation { addCustomer(id: "b", customer: { name: "ann" }) { name } }',
    );
    expect(second).toContain('value.name: it must match pattern');
  });

  test('row 133: values of other clients are read, by an id before them and by one in a header; one that is cut is poison', async () => {
    await stack.producer.write(orders, [['c', named(orderId, '0008071a050a0161100220')]]);
    await stack.producer.write(orders, [['d', named(orderId, '0008071a050a01611002')]]);
    const header = named(orderId, '00');
    await stack.producer.write(
      orders,
      [['e', Buffer.from('0808', 'hex')]],
      [['__value_schema_id', header]],
    );
    await answers(
      '{ order(id: "d") { orderNumber items { sku count } state } }',
      '{"order":{"orderNumber":7,"items":[{"sku":"a","count":2}],"state":"OPEN"}}',
    );
    await answers('{ order(id: "e") { orderNumber } }', '{"order":{"orderNumber":8}}');
    // Its last field is cut.
    expect(await ask('{ order(id: "c") { orderNumber } }')).toContain(
      '{"data":{"order":null},"extensions":{"skipped":[',
    );
  });

  test('I-W9: values of JSON Schema are written with their id, and read without their schema', async () => {
    const text = await ask(
      'mutation { addCustomer(id: "a", customer: { name: "Ann", points: 3 }) { name } }',
    );
    expect(text).toBe('{"data":{"addCustomer":{"name":"Ann"}}}');
    await answers(
      '{ customer(id: "a") { name points } }',
      '{"customer":{"name":"Ann","points":3}}',
    );
    const json = Buffer.from('{"name":"bob"}').toString('hex');
    await stack.producer.write(customers, [['b', named(customerId, json)]]);
    await answers(
      '{ customer(id: "b") { name points } }',
      '{"customer":{"name":"bob","points":null}}',
    );
  });

  test('records of several versions of a schema are served side by side, in every format', async () => {
    const { registry, producer } = stack;
    const [first, second] = [
      await registry.register(`${events}-value`, EVENT()),
      await registry.register(`${events}-value`, EVENT(POINTS)),
    ];
    await producer.write(events, [
      ['1', named(first, '06416e6e')],
      ['2', named(second, '020606426f62')],
    ]);
    await answers(
      '{ one: event(id: "1") { name points } two: event(id: "2") { name points } }',
      '{"one":{"name":"Ann","points":null},"two":{"name":"Bob","points":3}}',
    );

    const noted = ORDER.replace('State state = 4;', 'State state = 4; string note = 6;');
    const references = [{ name: 'shop/money.proto', subject: 'money', version: 1 }];
    const order = await registry.register(`${orders}-value`, noted, references, 'PROTOBUF');
    await producer.write(orders, [
      ['1', named(orderId, '000807')],
      ['2', named(order, '000808320161')],
    ]);
    await answers(
      '{ one: order(id: "1") { orderNumber note } two: order(id: "2") { orderNumber note } }',
      '{"one":{"orderNumber":7,"note":null},"two":{"orderNumber":8,"note":"a"}}',
    );

    const { points: _points, ...nameOnly } = CUSTOMER.properties;
    const reduced = { ...CUSTOMER, properties: nameOnly };
    const customer = await registry.register(`${customers}-value`, reduced, [], 'JSON');
    const json = (text: string): string => Buffer.from(text).toString('hex');
    await producer.write(customers, [
      ['1', named(customerId, json('{"name":"Ann","points":1}'))],
      ['2', named(customer, json('{"name":"Bob"}'))],
    ]);
    await answers(
      '{ one: customer(id: "1") { name points } two: customer(id: "2") { name points } }',
      '{"one":{"name":"Ann","points":1},"two":{"name":"Bob","points":null}}',
    );
    expect(new Set([first, second, orderId, order, customerId, customer]).size).toBe(6);
  });

  test.each([
    ['short', '-32768'],
    ['float', '0.1'],
    ['boolean', 'true'],
    ['bytes', '"AP8="'],
    ['uuid', `"${UUID}"`],
  ])(
    'keys and values of Kafka’s own serializer of %s are written, looked up and read',
    async (field, json) => {
      const set = `set${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      const text = await ask(`mutation { ${set}(key: ${json}, value: ${json}) }`);
      expect(text).toBe(`{"data":{"${set}":${json}}}`);
      await answers(`{ ${field}(key: ${json}) }`, `{"${field}":${json}}`);
    },
  );
});
