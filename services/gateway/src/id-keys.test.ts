import { once } from 'node:events';

import { readConfig } from '@quicksilver/common/config/option';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

const TYPES = ['long', 'int', 'double'] as const;
const fields = (each: (type: string) => string): string => TYPES.map(each).join(' ');

const SDL = `
  type Query {
    ${fields(
      (type) => `
        ${type}(id: ID!): Item @topic(name: "${type}s", keyArgument: "id")
        ${type}s(ids: [ID!]!): [Item] @topic(name: "${type}s", keyArgument: "ids")
        ${type}Group(id: ID!): Group_${type}`,
    )}
    range(id: ID!, from: Int, to: Int): [Version] @topic(name: "longs", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
  }
  ${fields((type) => `type Group_${type} { item: Item @topic(name: "${type}s", keyArgument: "id") }`)}
  type Subscription {
    ${fields((type) => `${type}(id: ID): Item @topic(name: "${type}s", keyArgument: "id")`)}
    many(id: ID): Many
  }
  type Many {
    id: ID!
    one: Item @topic(name: "longs", keyField: "id")
    two: Item @topic(name: "ints", keyField: "id")
  }
  type Version { at: Int }
  type Item {
    id: ID!
    at: Int
    next: ID
    all: [ID]
    ${fields(
      (type) => `
        ${type}: Item @topic(name: "${type}s", keyField: "next")
        ${type}s: [Item] @topic(name: "${type}s", keyField: "all")`,
    )}
  }`;
const BIG = '9007199254740993';

let network: MemoryNetwork;
beforeAll(async () => {
  network = await MemoryNetwork.start({
    topics: [
      {
        name: 'longs',
        keyType: 'LONG',
        records: [
          ['7', '{"id":7,"at":1,"next":"7","all":["7",7,"8"]}'],
          [BIG, `{"id":${BIG},"at":2,"next":7}`],
        ],
        mirror: { rangeField: 'at' },
      },
      { name: 'ints', keyType: 'INTEGER', records: [['7', '{"id":"7"}']] },
      {
        name: 'doubles',
        keyType: 'DOUBLE',
        records: [
          ['7', '{"id":7}'],
          ['1.5', '{"id":1.5,"next":"1.50","all":[1.5,"7.0"]}'],
        ],
      },
    ],
    schema: SDL,
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
});
afterAll(() => network[Symbol.asyncDispose]());

const ask = async (query: string, variables: object = {}): Promise<unknown> =>
  (await network.ask({ query, variables })).json();

test('an ID is the digits of a long, an int or a double, in arguments, lists, variables and groups', async () => {
  expect(
    await ask(
      `query ($id: ID!, $ids: [ID!]!) {
        long(id: $id) { id }
        longs(ids: ["${BIG}", 7, "007", "8"]) { id }
        ints(ids: $ids) { id }
        double(id: "1.5") { id }
        doubles(ids: ["1.50", "15e-1", "7"]) { id }
        intGroup(id: $id) { item { id } }
        range(id: $id, from: 0) { at }
      }`,
      { id: 7, ids: ['7', '-1'] },
    ),
  ).toEqual({
    data: {
      long: { id: '7' },
      longs: [{ id: BIG }, { id: '7' }, { id: '7' }, null],
      ints: [{ id: '7' }, null],
      double: { id: '1.5' },
      doubles: [{ id: '1.5' }, { id: '1.5' }, { id: '7' }],
      intGroup: { item: { id: '7' } },
      range: [{ at: 1 }],
    },
  });
});

test('a field of type ID joins topics with numbers as keys', async () => {
  expect(
    await ask(
      `{
        long(id: 7) { long { id } longs { id } int { id } ints { id } doubles { id } }
        big: long(id: ${BIG}) { next double { id double { id } } }
        double(id: "1.5") { double { id } doubles { id } }
      }`,
    ),
  ).toEqual({
    data: {
      long: {
        long: { id: '7' },
        longs: [{ id: '7' }, { id: '7' }, null],
        int: { id: '7' },
        ints: [{ id: '7' }, { id: '7' }, null],
        doubles: [{ id: '7' }, { id: '7' }, null],
      },
      big: { next: '7', double: { id: '7', double: null } },
      double: { double: { id: '1.5' }, doubles: [{ id: '1.5' }, { id: '7' }] },
    },
  });
});

test.each([
  ['long', 'abc', 'LONG'],
  ['long', '1.5', 'LONG'],
  ['long', '9223372036854775808', 'LONG'],
  ['int', '2147483648', 'INTEGER'],
  ['double', '', 'DOUBLE'],
  ['double', '1e400', 'DOUBLE'],
])('an ID that is no key fails its field alone: %s(id: %j)', async (field, id, type) => {
  expect(
    await ask(`query ($id: ID!) { ${field}(id: $id) { id } ok: long(id: 7) { id } }`, { id }),
  ).toMatchObject({
    data: { [field]: null, ok: { id: '7' } },
    errors: [
      {
        message: `Topic ${field}s has keys of type ${type}, but the key is ${JSON.stringify(id)}. Send the digits of a number.`,
        extensions: { code: 'BAD_KEY' },
      },
    ],
  });
});

test('an ID selects the events of a key that is a number', async () => {
  const socket = new WebSocket(`ws://${network.address}/graphql`, ['graphql-transport-ws']);
  const payloads = new Map<string, unknown[]>();
  socket.on('message', (text) => {
    const { id = '', payload } = JSON.parse((text as Buffer).toString()) as {
      id?: string;
      payload?: unknown;
    };
    payloads.set(id, [...(payloads.get(id) ?? []), payload]);
  });
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await expect.poll(() => payloads.size).toBe(1);
  for (const name of [...TYPES, 'many']) {
    const selection = name === 'many' ? '{ id one { at } two { at } }' : '{ at }';
    const query = `subscription { ${name}(id: "20") ${selection} }`;
    socket.send(JSON.stringify({ id: name, type: 'subscribe', payload: { query } }));
  }
  await expect.poll(() => network.metric('gateway_feed_subscribers')).toBe(5);
  for (const topic of ['longs', 'ints', 'doubles']) {
    await network.write(topic, '21', '{"id":21,"at":21}');
    await network.write(topic, '20', '{"id":20,"at":20}');
  }
  for (const name of TYPES) {
    await expect.poll(() => payloads.get(name)).toEqual([{ data: { [name]: { at: 20 } } }]);
  }
  await expect.poll(() => payloads.get('many')).toHaveLength(2);
  expect(payloads.get('many')).toContainEqual({
    data: { many: expect.objectContaining({ id: '20', one: { at: 20 } }) as unknown },
  });
  socket.terminate();
});
