import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCli } from '@quicksilver/cli/run-cli';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { runCommand, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import { CHANGE_ENCODINGS } from '@quicksilver/testkit/registry/change-events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { BEFORE_TRUNCATION, ChangeWriter } from '../types/change-stream.ts';
import { ForeignTopics } from './foreign-topics.ts';

const SEEN_MS = 90_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;
const NUMBER = '9007199254740993';

/** One prefix for the topics of this run: others are on the same broker. */
const PREFIX = uniqueTopic('shop').replaceAll(/[^a-z0-9]/g, '');
const name = (topic: string): string => `${PREFIX}.${topic}`;

const CUSTOMER = {
  type: 'record',
  name: 'Customer',
  namespace: 'com.shop',
  doc: 'A person who buys.',
  fields: [
    { name: 'customerId', type: 'string', doc: 'As on the card.' },
    { name: 'points', type: 'long' },
    { name: 'fax', type: ['null', 'string'], default: null, doc: '@deprecated Use mail.' },
  ],
};
const PLACED = {
  type: 'record',
  name: 'Placed',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'total', type: 'double' },
  ],
};
const CANCELLED = {
  type: 'record',
  name: 'Cancelled',
  fields: [{ name: 'orderId', type: 'string' }],
};
const MONEY = `syntax = "proto3"; package shop;
message Money { int64 cents = 1; }`;
const ORDER = `syntax = "proto3"; package shop;
import "shop/money.proto"; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
// What a customer wants.
message Order {
  // The customer who pays.
  string customer_id = 1;
  int64 order_number = 2;
  Money total = 3;
  repeated Item items = 4;
  State state = 5;
  google.protobuf.Timestamp at = 6;
  google.protobuf.StringValue note = 7;
  string coupon = 8 [deprecated = true];
  map<string, int32> stock = 9;
  oneof way { string post = 10; bool pickup = 11; }
  uint64 serial = 12;
  message Item { string sku = 1; int32 count = 2; Item bundle = 3; }
}
enum State { OPEN = 0; PAID = 1; }`;
const PRODUCT = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Product',
  description: 'What is sold.',
  type: 'object',
  properties: {
    sku: { type: 'string', description: 'The number on the box.' },
    stock: { type: 'integer', minimum: 0, maximum: 1000 },
    size: { oneOf: [{ type: 'null' }, { $ref: '#/definitions/Size' }] },
    kind: { enum: ['BOOK', 'FOOD'] },
    old: { type: 'string', deprecated: true },
    parts: { type: 'array', items: { $ref: '#' } },
  },
  required: ['sku', 'stock', 'kind'],
  definitions: { Size: { type: 'object', properties: { width: { type: 'number' } } } },
};

let registry: OwnSchemaRegistry;
let network: ManagedNetwork;
let home: string;
let url: string;

const quick = (line: string, stdin = ''): Promise<CliOutcome> =>
  runCommand(runCli, line.split(' '), { home, stdin, env: { QUICK_URL: url } });

beforeAll(async () => {
  registry = await OwnSchemaRegistry.start();
  network = await ManagedNetwork.start({
    env: { QUICK_KAFKA_SCHEMA_REGISTRY_URL: registry.url },
  });
  ({ url } = await network.startEdge());
  home = await mkdtemp(join(tmpdir(), 'quicksilver-discovery-'));
  await using topics = new ForeignTopics(testBroker().bootstrapServer, registry);
  await topics.write({
    name: name('customers'),
    partitions: 3,
    schema: { format: 'AVRO', schema: CUSTOMER },
    records: Array.from({ length: 6 }, (_, at) => [
      `c${at}`,
      `{"customerId":"c${at}","points":${NUMBER}}`,
    ]),
  });
  await registry.register('money', MONEY, [], 'PROTOBUF');
  await topics.write({
    name: name('orders'),
    schema: {
      format: 'PROTOBUF',
      schema: ORDER,
      references: [{ name: 'shop/money.proto', subject: 'money', version: 1, text: MONEY }],
    },
    records: Array.from({ length: 6 }, (_, at) => [
      `o${at}`,
      `{"customerId":"c${at}","orderNumber":${NUMBER},"total":{"cents":5},"items":[{"sku":"s1","count":2}],"state":"PAID","at":"2026-01-31T09:00:00Z","post":"north","serial":"18446744073709551615"}`,
    ]),
  });
  await topics.write({
    name: name('products'),
    schema: { format: 'JSON_SCHEMA', schema: PRODUCT },
    records: [
      [
        's1',
        '{"sku":"s1","stock":3,"size":{"width":1.5},"kind":"BOOK","parts":[{"sku":"p","stock":1,"kind":"FOOD"}]}',
      ],
      ['s2', '{"sku":"s2","stock":0,"size":null,"kind":"FOOD"}'],
    ],
  });
  for (const schema of [PLACED, CANCELLED]) {
    await topics.write({
      name: name('events'),
      schema: { format: 'AVRO', schema, subject: schema.name },
      // As Confluent's newer serializers write.
      hasHeaders: true,
      records: [[schema.name, `{"orderId":"o1"${schema === PLACED ? ',"total":2.5' : ''}}`]],
    });
  }
  for (const encoding of CHANGE_ENCODINGS) {
    const table = name(`table.${encoding.replaceAll(' ', '-')}`);
    await topics.create(table);
    await using writer = await ChangeWriter.open(table, encoding, registry);
    await writer.write(BEFORE_TRUNCATION);
  }
}, FETCH_MS);
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});
beforeEach(() => network.watch());

test('formats of the registry, change events and several record types are detected', async () => {
  const { stdout } = await quick(`topic ls --all --match ${PREFIX}.* -o json`);
  const listed = JSON.parse(stdout) as readonly { readonly name: string }[];
  const sides = new Map(listed.map((topic) => [topic.name.slice(PREFIX.length + 1), topic]));
  expect(sides.get('customers')).toMatchObject({
    key: { format: 'string' },
    value: { format: 'avro', records: 6 },
    partitioner: { partitioner: 'murmur2' },
    partitions: 3,
    offsets: 6,
  });
  expect(sides.get('orders')).toMatchObject({ value: { format: 'protobuf' } });
  expect(sides.get('products')).toMatchObject({ value: { format: 'json-schema' } });
  expect(sides.get('events')).toMatchObject({ value: { format: 'avro', recordNames: true } });
  expect(sides.get('customers')).not.toHaveProperty('value.recordNames');
  for (const encoding of CHANGE_ENCODINGS) {
    expect(sides.get(`table.${encoding.replaceAll(' ', '-')}`)).toMatchObject({
      key: { format: 'long', envelope: 'debezium' },
      value: { format: encoding === 'avro' ? 'avro' : 'json', envelope: 'debezium' },
    });
  }
});

test('types have the documentation, deprecations and nullability of the schemas', async () => {
  const { code, stdout, stderr } = await quick(`schema generate --match ${PREFIX}.*`);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`"A person who buys."
type Customer {
  "As on the card."
  customerId: String!
  points: Long!
  fax: String @deprecated(reason: "Use mail.")
}`);
  expect(stdout).toContain(`"What a customer wants."
type Order {
  "The customer who pays."
  customerId: String!
  "6 of 6 values of customerId are keys in all records of ${name('customers')}."
  customer: Customer @topic(name: "${name('customers')}", keyField: "customerId")
  orderNumber: Long!
  total: Money
  items: [Item!]!
  state: State!
  at: DateTime
  note: String
  coupon: String! @deprecated(reason: "No longer supported")
  stock: JSON!
  post: String
  pickup: Boolean
  serial: BigInteger!
}`);
  expect(stdout).toContain('type Item {\n  sku: String!\n');
  expect(stdout).toContain(`"What is sold."
type Product {
  "The number on the box."
  sku: String!
  stock: Int!
  size: Size
  kind: ProductKind!
  old: String @deprecated(reason: "No longer supported")
  parts: [Product!]
}`);
  expect(stdout).toMatch(/union \w+ = Cancelled \| Placed/);
  // Of the columns of the table; JSON without schemas does not say more than its values.
  expect(stdout.replaceAll(/Shop\w+(?=Table)/g, '')).toContain(`type TableAvro {
  id: Int!
  name: String!
  credit: BigDecimal!
  since: Long!
}`);
});

test('what is generated passes the lint, is applied and answers queries', async () => {
  const init = await quick(`init discovered --from-topics ${PREFIX}.*`);
  expect(init, init.stderr).toMatchObject({ code: 0 });
  const dir = join(home, 'discovered');
  const schema = await readFile(join(dir, 'schema.graphql'), 'utf8');
  expect(await quick('gateway lint -f -', schema)).toMatchObject({ code: 0 });
  const applied = await quick(`apply -f ${dir}/quick.yaml`);
  expect(applied, applied.stdout + applied.stderr).toMatchObject({ code: 0 });
  expect(await quick('gateway lint -f - --live', schema)).toMatchObject({ code: 0, stderr: '' });
  const field = (topic: string): string => `${PREFIX}${topic}`;
  const query = `{
    order: ${field('Order')}(key: "o1") {
      orderNumber state at serial post pickup items { sku count } customer { customerId points fax }
    }
    product: ${field('Product')}(sku: "s1") { stock kind size { width } parts { sku } }
    events: ${field('Events')} { __typename ... on Placed { total } ... on Cancelled { orderId } }
    avro: ${field('TableAvro')}(id: 2) { name credit }
    json: ${field('TableJson')}(id: 2) { name credit }
    connect: ${field('TableJsonWithSchema')}(id: 1) { name credit }
    gone: ${field('TableAvro')}(id: 3) { name }
  }`;
  await eventually(async () => {
    const answered = await quick('query discovered -f - -o json', query);
    expect(answered, answered.stderr).toMatchObject({ code: 0 });
    expect(answered.stdout).toContain(NUMBER);
    expect(JSON.parse(answered.stdout)).toMatchObject({
      data: {
        order: {
          state: 'PAID',
          at: '2026-01-31T09:00:00Z',
          post: 'north',
          pickup: null,
          items: [{ sku: 's1', count: 2 }],
          customer: { customerId: 'c1', fax: null },
        },
        product: { stock: 3, kind: 'BOOK', size: { width: 1.5 }, parts: [{ sku: 'p' }] },
        events: expect.arrayContaining([
          { __typename: 'Placed', total: 2.5 },
          { __typename: 'Cancelled', orderId: 'o1' },
        ]) as unknown,
        avro: { name: 'Bob', credit: 1_234_567.89 },
        json: { name: 'Bob', credit: expect.any(String) as unknown },
        connect: { name: 'Ada L.', credit: 10.5 },
        gone: null,
      },
    });
  }, SEEN_MS);
});
