import { parseMessageSchema } from '@quicksilver/codec/avro/message-schema';
import { parseProtoSchema } from '@quicksilver/codec/protobuf/proto-schema';
import { withSchemaId } from '@quicksilver/codec/schema-header';
import { uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { AvroNetwork } from './avro-network.ts';

const DEADLINE_MS = 60_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;
const OPERATION_MS = 30_000;
const KEYS = 40;

const record = (...fields: readonly (readonly [string, unknown])[]): object => ({
  type: 'record',
  name: 'OrderKey',
  namespace: 'shop',
  fields: fields.map(([name, type]) => ({ name, type })),
});
const OLDER = record(['id', 'int'], ['shop', 'string']);
const NEWER = record(['region', ['null', 'string']], ['shop', 'string'], ['id', 'long']);
const UNFIT = record(['id', 'long'], ['market', 'string']);
const PLANE = 'syntax = "proto3"; package air; message PlaneKey { int64 plane_id = 1; }';

describe('keys with a schema of a real registry', () => {
  const [orders, planes, names] = [
    uniqueTopic('orders'),
    uniqueTopic('planes'),
    uniqueTopic('names'),
  ];
  let stack: AvroNetwork;
  let ids: Readonly<Record<'older' | 'newer' | 'unfit' | 'plane' | 'name', number>>;

  beforeAll(async () => {
    stack = await AvroNetwork.start({
      topics: [
        {
          name: orders,
          keyFormat: 'AVRO',
          valueType: 'JSON',
          ...parseMessageSchema(JSON.stringify(NEWER)).keyForm(),
        },
        {
          name: planes,
          keyFormat: 'PROTOBUF',
          valueType: 'JSON',
          ...parseProtoSchema(PLANE).keyForm(),
        },
        { name: names, keyType: 'STRING', keyFormat: 'AVRO', valueType: 'STRING' },
      ],
      gatewayEnv: { QUICK_OPERATION_TIMEOUT_MS: String(OPERATION_MS) },
      schema: `
        type Query {
          order(key: OrderKey!): Order @topic(name: "${orders}", keyArgument: "key")
          orders(keys: [OrderKey!]!): [Order] @topic(name: "${orders}", keyArgument: "keys")
          plane(id: ID!): Plane @topic(name: "${planes}", keyArgument: "id")
          name(key: ID!): String @topic(name: "${names}", keyArgument: "key")
        }
        type Mutation {
          setOrder(key: OrderKey!, order: OrderInput): Order @topic(name: "${orders}")
          setPlane(id: ID!, plane: PlaneInput): Plane @topic(name: "${planes}")
          setName(key: ID!, value: String): String @topic(name: "${names}")
        }
        input OrderKey { id: Long! shop: String! region: String }
        input OrderInput { total: Int }
        input PlaneInput { seats: Int }
        type Order { total: Int }
        type Plane { seats: Int }`,
    });
    const { registry } = stack;
    const subject = `${orders}-key`;
    ids = {
      older: await registry.register(subject, OLDER),
      newer: await registry.register(subject, NEWER),
      unfit: await registry.register('elsewhere', UNFIT),
      plane: await registry.register(`${planes}-key`, PLANE, [], 'PROTOBUF'),
      name: await registry.register(`${names}-key`, 'string'),
    };
  }, FETCH_MS);
  afterAll(() => stack[Symbol.asyncDispose]());

  const ask = async (query: string): Promise<string> =>
    (await call(`${stack.network.gateway.url}/graphql`, { json: { query } })).text.replace(
      /,"extensions":\{"positions":"[^"]*"\}\}$/,
      '}',
    );
  const answers = (query: string, data: string): Promise<void> =>
    eventually(async () => expect(await ask(query)).toBe(`{"data":${data}}`), DEADLINE_MS);
  const encoded = (schema: object, id: number, key: object): Buffer =>
    withSchemaId(id, parseMessageSchema(JSON.stringify(schema)).write(JSON.stringify(key)));
  const total = (value: number): Buffer => Buffer.from(`{"total":${value}}`);
  const keyText = (id: number, more = ''): string => `{ id: ${id}, shop: "a"${more} }`;

  test('a key is found in any partition, and two versions of its schema are one key', async () => {
    const numbers = Array.from({ length: KEYS }, (_, id) => id);
    await stack.producer.write(
      orders,
      numbers.map((id) => [encoded(OLDER, ids.older, { id, shop: 'a' }), total(id)]),
    );
    const keys = numbers.map((id) => keyText(id)).join(' ');
    const all = numbers.map((id) => `{"total":${id}}`).join(',');
    await answers(`{ orders(keys: [${keys}]) { total } }`, `{"orders":[${all}]}`);
    await stack.producer.write(
      orders,
      numbers.map((id) => [
        encoded(NEWER, ids.newer, { id, shop: 'a', region: null }),
        total(id + 100),
      ]),
    );
    const later = numbers.map((id) => `{"total":${id + 100}}`).join(',');
    await answers(`{ orders(keys: [${keys}]) { total } }`, `{"orders":[${later}]}`);
    await answers(
      `{ order(key: ${keyText(3, ', region: null')}) { total } }`,
      '{"order":{"total":103}}',
    );
    expect(await ask(`{ order(key: ${keyText(3, ', region: "x"')}) { total } }`)).toBe(
      '{"data":{"order":null}}',
    );
  });

  test('I-W9: a mutation writes the key with the newest schema of its subject, and a removal removes it', async () => {
    const key = keyText(1_000_000, ', region: "north"');
    expect(await ask(`mutation { setOrder(key: ${key}, order: { total: 7 }) { total } }`)).toBe(
      '{"data":{"setOrder":{"total":7}}}',
    );
    await answers(`{ order(key: ${key}) { total } }`, '{"order":{"total":7}}');
    expect(
      await ask(`mutation { setOrder(key: ${keyText(3)}, order: { total: 8 }) { total } }`),
    ).toBe('{"data":{"setOrder":{"total":8}}}');
    await answers(`{ order(key: ${keyText(3)}) { total } }`, '{"order":{"total":8}}');
    const removed = await call(`${stack.network.ingest.url}/${orders}`, {
      method: 'DELETE',
      json: [{ shop: 'a', id: 3 }],
    });
    expect(removed.status).toBe(200);
    await answers(`{ order(key: ${keyText(3)}) { total } }`, '{"order":null}');
  });

  test('row 136: a key of another form is poison, and is not another key', async () => {
    const bytes = encoded(UNFIT, ids.unfit, { id: 5, market: 'm' });
    await stack.producer.write(orders, [[bytes, total(5)]]);
    await eventually(async () => {
      const { text } = await call(`${stack.network.mirror(orders).url}/poison`);
      expect(text).toContain('has another form than the keys of the topic');
    }, DEADLINE_MS);
  });

  test('keys of Protobuf and of a scalar of Avro are looked up and written by that scalar', async () => {
    const plane = parseProtoSchema(PLANE).write('{"planeId":9007199254740993}');
    await stack.producer.write(planes, [
      [withSchemaId(ids.plane, plane), Buffer.from('{"seats":180}')],
    ]);
    await answers('{ plane(id: "9007199254740993") { seats } }', '{"plane":{"seats":180}}');
    expect(await ask('mutation { setPlane(id: 7, plane: { seats: 9 }) { seats } }')).toBe(
      '{"data":{"setPlane":{"seats":9}}}',
    );
    await answers('{ plane(id: 7) { seats } }', '{"plane":{"seats":9}}');
    expect(await ask('mutation { setName(key: "k", value: "v") }')).toBe(
      '{"data":{"setName":"v"}}',
    );
    await answers('{ name(key: "k") }', '{"name":"v"}');
    const named = parseMessageSchema('"string"').write('"header"');
    const header = withSchemaId(ids.name, Buffer.alloc(0));
    await stack.producer.write(
      names,
      [[named, Buffer.from('by header')]],
      [['__key_schema_id', header]],
    );
    await answers('{ name(key: "header") }', '{"name":"by header"}');
  });
});
