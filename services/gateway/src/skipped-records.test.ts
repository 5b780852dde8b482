import { readConfig } from '@quicksilver/common/config/option';
import { eventually } from '@quicksilver/testkit/eventually';
import { MemoryNetwork } from '@quicksilver/testkit/memory-network';
import { silentLog } from '@quicksilver/testkit/silent-log';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { assembleGateway } from './assemble.ts';
import { gatewayOptions } from './config.ts';

const SCHEMA = `
  type Query {
    item(id: ID!): Item @topic(name: "items", keyArgument: "id")
    items(ids: [ID!]!): [Item] @topic(name: "items", keyArgument: "ids")
    all: [Item] @topic(name: "items")
    strict(id: ID!): Strict @topic(name: "stricts", keyArgument: "id")
    stricts: [Strict] @topic(name: "stricts")
  }
  type Item { text: String, strictId: ID, strict: Strict @topic(name: "stricts", keyField: "strictId") }
  type Strict { text: String }`;

let network: MemoryNetwork;

beforeAll(async () => {
  network = await MemoryNetwork.start({
    topics: [
      {
        name: 'items',
        keyType: 'STRING',
        partitions: 3,
        records: [
          ['"old"', '{"text":"x","strictId":"good"}'],
          ['"old"', 'no JSON'],
          ['"joined"', '{"text":"y","strictId":"bad"}'],
          ['"fine"', '{"text":"z","strictId":"good"}'],
        ],
      },
      {
        name: 'stricts',
        keyType: 'STRING',
        partitions: 3,
        mirror: { poisonPolicy: 'halt' },
        records: [
          ['"good"', '{"text":"1"}'],
          ['"bad"', '{"text":"2"}'],
          ['"bad"', 'no JSON'],
        ],
      },
    ],
    mirrors: [{ topics: ['items', 'stricts'], replicas: 2 }],
    schema: SCHEMA,
    gateway: (env, sdl, kafka) =>
      assembleGateway(readConfig(gatewayOptions, env), { sdl }, { kafka, log: silentLog }),
  });
});
afterAll(() => network[Symbol.asyncDispose]());

const ask = async (query: string) => (await network.ask({ query })).json();

test('a response names the records that a mirror skipped, and one without them names none', async () => {
  const skipped = [
    {
      topic: 'items',
      partition: expect.any(Number) as number,
      offset: expect.stringMatching(/^\d+$/) as string,
    },
  ];
  await eventually(async () => {
    expect(await ask('{ item(id: "old") { text } }')).toEqual({
      data: { item: { text: 'x' } },
      extensions: { skipped },
    });
  });
  expect(await ask('{ items(ids: ["fine", "old"]) { text } }')).toMatchObject({
    data: { items: [{ text: 'z' }, { text: 'x' }] },
    extensions: { skipped },
  });
  expect(await ask('{ all { text } }')).toMatchObject({ extensions: { skipped } });
  expect(await ask('{ item(id: "fine") { text } }')).toEqual({ data: { item: { text: 'z' } } });
});

test('with the poison policy halt, only the fields of an unreadable key fail, in joins too', async () => {
  const error = (path: readonly (string | number)[]) => ({
    message: expect.stringContaining('of topic stricts cannot be read') as string,
    path,
    extensions: { code: 'UNREADABLE_RECORD' },
  });
  await eventually(async () => {
    expect(
      await ask('{ strict(id: "bad") { text } good: strict(id: "good") { text } }'),
    ).toMatchObject({
      data: { strict: null, good: { text: '1' } },
      errors: [error(['strict'])],
    });
  });
  expect(await ask('{ items(ids: ["fine", "joined"]) { strict { text } } }')).toMatchObject({
    data: { items: [{ strict: { text: '1' } }, { strict: null }] },
    errors: [error(['items', 1, 'strict'])],
  });
  expect(await ask('{ stricts { text } }')).toMatchObject({
    data: { stricts: null },
    errors: [error(['stricts'])],
  });
});
