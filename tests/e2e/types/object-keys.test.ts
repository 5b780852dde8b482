import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { CLIENTS } from '../partitioners/clients.ts';
import { ForeignProducer } from './avro-producer.ts';

const DEADLINE_MS = 90_000;
const PARTITIONS = 3;

const orders = uniqueTopic('orders');
const customers = uniqueTopic('customers');
const lines = uniqueTopic('lines');

const SCHEMA = `
  type Query {
    order(key: OrderKey!): Order @topic(name: "${orders}", keyArgument: "key")
    orders(keys: [OrderKey!]!): [Order] @topic(name: "${orders}", keyArgument: "keys")
    customer(id: ID!): Customer @topic(name: "${customers}", keyArgument: "id")
    customerByKey(key: CustomerKey!): Customer @topic(name: "${customers}", keyArgument: "key")
    line(id: ID!): Line @topic(name: "${lines}", keyArgument: "id")
  }
  type Mutation {
    setOrder(key: OrderKey!, order: OrderInput): Order @topic(name: "${orders}")
    setCustomer(id: Long!, customer: CustomerInput!): Customer @topic(name: "${customers}")
  }
  type Subscription { orders(key: OrderKey): Order @topic(name: "${orders}", keyArgument: "key") }
  input OrderKey { region: String! number: Long! @field(name: "order-number") }
  input OrderInput { total: Float }
  input CustomerKey { id: Long! }
  input CustomerInput { name: String }
  type Order { total: Float }
  type Customer { name: String }
  type Line {
    of: OrderRef
    others: [OrderRef]
    buyer: Long
    order: Order @topic(name: "${orders}", keyField: "of")
    otherOrders: [Order] @topic(name: "${orders}", keyField: "others")
    customer: Customer @topic(name: "${customers}", keyField: "buyer")
  }
  type OrderRef { number: Long @field(name: "order-number") region: String }
`;

let network: TestNetwork;
let producer: ForeignProducer;

beforeAll(async () => {
  network = await TestNetwork.start({
    broker: testBroker(),
    topics: [
      { name: orders, keyType: 'JSON', partitions: PARTITIONS },
      {
        name: customers,
        keyType: 'JSON',
        partitions: PARTITIONS,
        keySchema: { type: 'Key!', types: { Key: { fields: { id: 'Long!' } } } },
      },
      { name: lines },
    ],
    schema: SCHEMA,
  });
  producer = new ForeignProducer(PARTITIONS);
}, DEADLINE_MS);
afterAll(async () => {
  await producer[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

const written = (topic: string, key: string, value: object): Promise<void> =>
  producer.write(topic, [[key, Buffer.from(JSON.stringify(value))]]);

async function expectData(query: string, data: unknown): Promise<void> {
  await eventually(async () => expect(await network.graphql(query)).toEqual({ data }), DEADLINE_MS);
}

test('an input finds the key that kcat wrote, whatever its white space and order', async () => {
  await CLIENTS['kcat']?.(testBroker(), orders, [
    ['{"order-number":1,"region":"eu"}', '{"total":1}'],
    ['{ "region" : "eu", "order-number" : 2.0 }', '{"total":2}'],
    [String.raw`{"region":"\u0065u","order-number":9007199254740993}`, '{"total":3}'],
  ]);
  await expectData(
    `{
      one: order(key: { region: "eu", number: 1 }) { total }
      orders(keys: [
        { number: "9007199254740993", region: "eu" }, { number: 7, region: "eu" }, { number: 2, region: "eu" }
      ]) { total }
    }`,
    { one: { total: 1 }, orders: [{ total: 3 }, null, { total: 2 }] },
  );
  const keys = await call(`${network.mirror(orders).url}/topics/${orders}/keys`);
  expect(keys.text).toContain('"key":{"order-number":2,"region":"eu"}');
});

test('the same key in another spelling is a new value of it, and its removal removes it', async () => {
  await written(orders, '{"order-number":5,"region":"us"}', { total: 1 });
  const five = '{ order(key: { region: "us", number: 5 }) { total } }';
  await expectData(five, { order: { total: 1 } });
  await network.graphql(
    'mutation { setOrder(key: { region: "us", number: 5 }, order: { total: 2 }) { total } }',
  );
  await expectData(five, { order: { total: 2 } });
  const key = { region: 'us', 'order-number': 5 };
  const { status } = await call(`${network.ingest.url}/${orders}`, { method: 'DELETE', json: key });
  expect(status).toBe(200);
  await expectData(five, { order: null });
});

test('a key with one member is found by that member, as an argument and in a join', async () => {
  await written(customers, '{"id": 7}', { name: 'Ada' });
  await written(lines, 'a', {
    of: { region: 'eu', 'order-number': 1, more: true },
    others: [{ 'order-number': 2, region: 'eu' }, null],
    buyer: 7,
  });
  await expectData(
    `{
      customer(id: "7") { name }
      customerByKey(key: { id: 7 }) { name }
      line(id: "a") { order { total } otherOrders { total } customer { name } }
    }`,
    {
      customer: { name: 'Ada' },
      customerByKey: { name: 'Ada' },
      line: { order: { total: 1 }, otherOrders: [{ total: 2 }, null], customer: { name: 'Ada' } },
    },
  );
  await network.graphql('mutation { setCustomer(id: 8, customer: { name: "Bob" }) { name } }');
  await expectData('{ customer(id: "8") { name } }', { customer: { name: 'Bob' } });
  const keys = await call(`${network.mirror(customers).url}/topics/${customers}/keys`);
  expect(keys.text).toContain('"key":{"id":8}');
});

test.each([
  [7, 'key: expected Key, found 7'],
  [{ id: 'x' }, 'key.id: expected Long, found "x"'],
  [{ id: 1, name: 'a' }, 'key.name: the type Key has no such field'],
  [{}, 'key.id: expected Long!, but the member is missing'],
])('the key %j is rejected by its type', async (key, detail) => {
  const url = `${network.ingest.url}/${customers}`;
  const { status, text } = await call(url, { json: { key, value: {} } });
  expect([status, JSON.parse(text)]).toMatchObject([
    400,
    { errorCode: 'SCHEMA_MISMATCH', detail: expect.stringContaining(detail) },
  ]);
});

test('a subscription to a key gets the records of that key in any spelling', async () => {
  const client = createClient({
    url: `ws://${network.gateway.address}/graphql`,
    webSocketImpl: WebSocket,
  });
  const events = client.iterate({
    query: 'subscription { orders(key: { region: "asia", number: 1 }) { total } }',
  });
  const received: unknown[] = [];
  const receiving = (async () => {
    for await (const { data } of events) {
      received.push(data);
    }
  })();
  await eventually(async () => {
    await written(orders, '{"region":"asia","order-number":2}', { total: 9 });
    await written(orders, '{ "order-number":1.0, "region":"asia" }', { total: 1 });
    expect(received).toContainEqual({ orders: { total: 1 } });
  }, DEADLINE_MS);
  await client.dispose();
  await receiving.catch(() => undefined);
  expect(received).not.toContainEqual({ orders: { total: 9 } });
});
