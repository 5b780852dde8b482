import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { batchPath, keyPath } from '@quicksilver/contracts/mirror-api/contract';
import { runProgram } from '@quicksilver/processes/run-program';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { kcatProduce } from '@quicksilver/testkit/kcat';
import { runRegistrySerdes } from '@quicksilver/testkit/registry-serdes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { pythonWith } from '../clients/python-venv.ts';
import { AvroNetwork } from '../types/avro-network.ts';

/** Values per format and client. `FORMAT_VALUES=5000` is the long run. */
const VALUES = Number(process.env['FORMAT_VALUES'] ?? '25');
const BATCH = 500;
const APPLY_MS = 90_000;
const RUN_MS = 600_000;
const INSTALL_MS = 900_000;

const fileOf = (name: string): URL => new URL(name, import.meta.url);
const pathOf = (name: string): string => fileURLToPath(fileOf(name));
const textOf = (name: string): Promise<string> => readFile(fileOf(name), 'utf8');
const LONG = '9007199254740993';
const KEYS = Array.from({ length: VALUES }, (_, at) => String(at));

/** The digits of a number without zeros at their ends, and the exponent of the last one. */
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const last = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${sign}${significant}e${last}`;
}

/** JSON with all digits of its numbers. The gateway spells some texts and decimals differently. */
function canonical(json: string): unknown {
  const revive = (_name: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? { number: canonicalNumber(context?.source ?? '') } : value;
  return JSON.parse(json, revive);
}

describe('topics that other clients write with a schema registry', () => {
  const topics = {
    pythonAvro: uniqueTopic('python-avro'),
    pythonProtobuf: uniqueTopic('python-protobuf'),
    pythonJson: uniqueTopic('python-json'),
    javaAvro: uniqueTopic('java-avro'),
    javaJson: uniqueTopic('java-json'),
  };
  const shop = {
    orders: uniqueTopic('orders'),
    names: uniqueTopic('names'),
    customers: uniqueTopic('customers'),
    products: uniqueTopic('products'),
    stock: uniqueTopic('stock'),
  };
  let stack: AvroNetwork;
  let python = '';
  let registryOfJava = '';

  beforeAll(async () => {
    python = await pythonWith(fileOf('requirements.txt'));
    stack = await AvroNetwork.start({
      topics: [
        topics.pythonAvro,
        topics.javaAvro,
        { name: topics.pythonProtobuf, valueType: 'PROTOBUF' },
        { name: topics.pythonJson, valueType: 'JSON_SCHEMA' },
        { name: topics.javaJson, valueType: 'JSON_SCHEMA' },
        { name: shop.orders, valueType: 'PROTOBUF' },
        { name: shop.customers, keyType: 'LONG' },
        { name: shop.names, valueType: 'JSON' },
        { name: shop.products, valueType: 'JSON' },
        { name: shop.stock, keyType: 'INTEGER', valueType: 'JSON' },
      ],
      schema: `type Query {
          ${Object.entries(topics)
            .map(
              ([field, topic]) =>
                `${field}(keys: [ID!]!): [JSON] @topic(name: "${topic}", keyArgument: "keys")`,
            )
            .join('\n')}
          order(id: ID!): Order @topic(name: "${shop.orders}", keyArgument: "id")
        }
        scalar JSON
        type Order {
          amount: Float!
          customerId: Long
          customer: Customer @topic(name: "${shop.customers}", keyField: "customerId")
          productId: ID
          product: Product @topic(name: "${shop.products}", keyField: "productId")
        }
        type Customer { name: String! }
        type Product {
          title: String!
          shelf: Int
          stock: Stock @topic(name: "${shop.stock}", keyField: "shelf")
        }
        type Stock { count: Int! }`,
    });
    const { registry } = stack;
    registryOfJava = registry.url.replace('ccompat/v7', 'registry/v2');
    const schemas = [
      [topics.pythonAvro, 'AVRO', 'event.avsc'],
      [topics.javaAvro, 'AVRO', 'event.avsc'],
      [topics.pythonProtobuf, 'PROTOBUF', 'event.proto'],
      [topics.pythonJson, 'JSON', 'record.schema.json'],
      [topics.javaJson, 'JSON', 'record.schema.json'],
      [shop.customers, 'AVRO', 'customer.avsc'],
      [shop.orders, 'PROTOBUF', 'order.proto'],
    ] as const;
    for (const [topic, type, file] of schemas) {
      const text = await textOf(file);
      const schema: unknown = type === 'PROTOBUF' ? text : JSON.parse(text);
      await registry.register(`${topic}-value`, schema, [], type);
    }
  }, INSTALL_MS);
  afterAll(() => stack[Symbol.asyncDispose]());

  async function runPython(script: string, args: readonly string[], input = ''): Promise<void> {
    const all = [pathOf(script), ...args];
    const outcome = await runProgram({ command: python, args: all, input, timeoutMs: RUN_MS });
    expect(outcome.exitCode, `${args.join(' ')}: ${outcome.stderr}`).toBe(0);
  }

  const mirror = (topic: string): string => stack.network.mirror(topic).url;

  /** The values of all keys as the mirror shows them, each as its JSON text. */
  async function shownValues(topic: string): Promise<string[]> {
    const last = `${mirror(topic)}${keyPath(topic, KEYS.at(-1) ?? '')}`;
    await eventually(async () => expect((await call(last)).status).toBe(200), APPLY_MS);
    const values: string[] = [];
    for (const key of KEYS) {
      await eventually(async () => {
        const answer = await call(`${mirror(topic)}${keyPath(topic, key)}`);
        expect([key, answer.status]).toEqual([key, 200]);
        values[Number(key)] = answer.text;
      }, APPLY_MS);
    }
    return values;
  }

  /** Batches of the mirror have the text of single values, and lists of the gateway the values. */
  async function expectSameInLists(field: string, topic: string, values: string[]): Promise<void> {
    for (let at = 0; at < VALUES; at += BATCH) {
      const keys = KEYS.slice(at, at + BATCH);
      const list = `[${values.slice(at, at + BATCH).join(',')}]`;
      const batch = await call(`${mirror(topic)}${batchPath(topic)}`, { json: keys });
      // A batch has line breaks between its items, and no item has one.
      expect(batch.text.replaceAll('\n', '')).toBe(list);
      const query = `query ($keys: [ID!]!) { ${field}(keys: $keys) }`;
      const json = { query, variables: { keys } };
      const { text } = await call(`${stack.network.gateway.url}/graphql`, { json });
      expect(canonical(text)).toEqual(canonical(`{"data":{"${field}":${list}}}`));
    }
  }

  /** Writes the same values through ingest with the keys i0, i1 and so on. */
  async function writeAgain(topic: string, values: readonly string[]): Promise<void> {
    for (let at = 0; at < VALUES; at += BATCH) {
      const items = values
        .slice(at, at + BATCH)
        .map((value, index) => `{"key":"i${at + index}","value":${value}}`);
      const answer = await stack.network.postBytes(topic, `[${items.join(',')}]`, {
        'content-type': 'application/json',
      });
      expect(answer.status, answer.text).toBe(201);
    }
  }

  async function showAndWrite(field: keyof typeof topics): Promise<string[]> {
    const topic = topics[field];
    const values = await shownValues(topic);
    await expectSameInLists(field, topic, values);
    await writeAgain(topic, values);
    return values;
  }

  test.each([
    ['AVRO', 'pythonAvro'],
    ['PROTOBUF', 'pythonProtobuf'],
    ['JSON_SCHEMA', 'pythonJson'],
  ] as const)(
    'I-W9: what confluent-kafka writes as %s mirror and gateway show, and what ingest writes confluent-kafka reads',
    async (format, field) => {
      const seed = String(randomInt(2 ** 31));
      const { bootstrapServer } = testBroker();
      const facts = [format, seed, String(VALUES), bootstrapServer];
      const args = [...facts, stack.registry.url, topics[field]];
      await runPython('registry_client.py', ['write', ...args]);
      const values = await showAndWrite(field);
      const lines = `${values.join('\n')}\n`;
      const verified = runPython('registry_client.py', ['verify', ...args], lines);
      await expect(verified).resolves.toBeUndefined();
    },
    RUN_MS,
  );

  test(
    'I-W9: what Java serializers write as Avro and JSON Schema mirror and gateway show, and what ingest writes they read',
    async () => {
      const seed = String(randomInt(2 ** 31));
      const facts = [seed, String(VALUES), pathOf('event.avsc'), topics.javaAvro, topics.javaJson];
      await runRegistrySerdes(testBroker(), registryOfJava, 'write', facts);
      await showAndWrite('javaAvro');
      await showAndWrite('javaJson');
      const verified = runRegistrySerdes(testBroker(), registryOfJava, 'verify', facts);
      await expect(verified).resolves.toBeUndefined();
    },
    RUN_MS,
  );

  test('I-W9: one query joins topics of confluent-kafka, Kafka Streams, kcat and quixstreams', async () => {
    const { bootstrapServer } = testBroker();
    const write = (topic: string, key: string, value: string): Promise<void> =>
      kcatProduce({ bootstrapServer, topic, records: [[key, value]] });
    await write(shop.products, 'lamp', '{"title":"Lamp","shelf":-7}');
    await write(shop.names, LONG, '{"name":"Ann"}');
    const copy = ['1', pathOf('customer.avsc'), shop.names, shop.customers];
    await runRegistrySerdes(testBroker(), registryOfJava, 'streams', copy);
    await runPython('write_stock.py', [bootstrapServer, shop.stock], '[[-7, {"count": 3}]]');
    const order = JSON.stringify({ customerId: LONG, productId: 'lamp', amount: 0.1 });
    await runPython('write_order.py', [bootstrapServer, stack.registry.url, shop.orders], order);
    const query =
      '{ order(id: "a") { amount customerId customer { name } product { title stock { count } } } }';
    await eventually(async () => {
      const { text } = await call(`${stack.network.gateway.url}/graphql`, { json: { query } });
      expect(text).toBe(
        `{"data":{"order":{"amount":0.1,"customerId":${LONG},"customer":{"name":"Ann"},"product":{"title":"Lamp","stock":{"count":3}}}}}`,
      );
    }, APPLY_MS);
  });
});
