import { consoleConsume } from '@quicksilver/local-kafka/console-tools';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import type { GraphqlAnswer } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { AvroNetwork } from './avro-network.ts';
import { avroType } from './avro-producer.ts';

const DEADLINE_MS = 60_000;
/** The registry may have to be fetched. */
const FETCH_MS = 600_000;
/** Longer than the registry may take to answer, on a slow machine too. */
const OPERATION_MS = 30_000;

const ORDER = {
  type: 'record',
  namespace: 'com.shop',
  name: 'Order',
  fields: [
    { name: 'number', type: 'long' },
    { name: 'total', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'PAID'] } },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'count', type: 'int' },
          ],
        },
      },
    },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'channel', type: 'string', default: 'web' },
  ],
};
const NUMBER = '9007199254740993';
const ITEMS = [
  { sku: 'a-1', count: 2 },
  { sku: 'ä"2', count: -3 },
];

describe('mutations of a gateway into a topic with values of Avro, by the schema of a real registry', () => {
  const orders = uniqueTopic('orders');
  /** It has no records, so no service knows its schema. */
  const returns = uniqueTopic('returns');
  let avro: AvroNetwork;
  let orderId = 0;

  beforeAll(async () => {
    const input =
      'number: Long! total: BigDecimal! state: State! items: [ItemFields!]! note: String';
    avro = await AvroNetwork.start({
      topics: [orders, returns],
      gatewayEnv: { QUICK_OPERATION_TIMEOUT_MS: String(OPERATION_MS) },
      schema: `
        type Query { order(id: ID!): Order @topic(name: "${orders}", keyArgument: "id") }
        type Mutation {
          placeOrder(id: ID!, order: OrderInput): Order @topic(name: "${orders}")
          returnOrder(id: ID!, order: OrderInput): Order @topic(name: "${returns}")
        }
        enum State { OPEN PAID LOST }
        type Order { ${input.replace('ItemFields', 'Item')} channel: String! }
        type Item { sku: String! count: Int! }
        input OrderInput { ${input.replace('ItemFields', 'ItemInput')} }
        input ItemInput { sku: String! count: Int! }`,
    });
    orderId = await avro.registry.register(`${orders}-value`, ORDER);
    await avro.registry.register(`${returns}-value`, ORDER);
  }, FETCH_MS);
  afterAll(() => avro[Symbol.asyncDispose]());

  /** As a client sends it: in JavaScript the variables would lose the digits of the number. */
  const mutate = (
    field: 'placeOrder' | 'returnOrder',
    id: string,
    changes: { total?: string; state?: string; note?: string } = {},
  ): Promise<GraphqlAnswer> =>
    avro.network.graphql(
      `mutation ($items: [ItemInput!]!) {
        ${field}(id: "${id}", order: {
          number: ${NUMBER}, total: ${changes.total ?? '19.90'}, state: ${changes.state ?? 'OPEN'},
          items: $items, note: ${JSON.stringify(changes.note ?? null)}
        }) { total }
      }`,
      { variables: { items: ITEMS } },
    );
  /** Key to the values of its records, null for a removal, as Kafka's own consumer reads them. */
  const recordsOf = async (topic: string): Promise<Map<string, (Buffer | null)[]>> => {
    const values = new Map<string, (Buffer | null)[]>();
    for (const { key, value } of await consoleConsume({ ...testBroker(), topic })) {
      const id = key?.toString() ?? '';
      values.set(id, [...(values.get(id) ?? []), value]);
    }
    return values;
  };
  const codeOf = ({ errors }: GraphqlAnswer) => errors?.map(({ extensions }) => extensions);
  const orderOf = (id: string): Promise<GraphqlAnswer> =>
    avro.network.graphql(
      `{ order(id: "${id}") { number total state items { sku count } note channel } }`,
    );

  test('I-W9: what is written is a record that Kafka’s own consumer and another library read, and that a query reads back; null removes it', async () => {
    for (const note of [undefined, 'gift']) {
      const answer = await mutate('placeOrder', 'a', note === undefined ? {} : { note });
      expect(answer).toMatchObject({ data: { placeOrder: { total: 19.9 } } });
    }
    const values = (await recordsOf(orders)).get('a') ?? [];
    expect(values.map((value) => value?.subarray(0, 5).toString('hex'))).toEqual(
      [1, 2].map(() => `00${orderId.toString(16).padStart(8, '0')}`),
    );
    const type = avroType(ORDER);
    expect(
      values.map((value) => type.fromBuffer(value?.subarray(5) ?? Buffer.alloc(0)) as unknown),
    ).toEqual(
      [null, { string: 'gift' }].map((note) => ({
        number: BigInt(NUMBER),
        total: Buffer.from([0x07, 0xc6]),
        state: 'OPEN',
        items: ITEMS,
        note,
        channel: 'web',
      })),
    );
    await eventually(async () => {
      expect(await orderOf('a')).toEqual({
        data: {
          order: {
            number: Number(NUMBER),
            total: 19.9,
            state: 'OPEN',
            items: ITEMS,
            note: 'gift',
            channel: 'web',
          },
        },
      });
    }, DEADLINE_MS);

    const removed = await avro.network.graphql(
      'mutation { placeOrder(id: "a", order: null) { total } }',
    );
    expect([removed.data, removed.errors]).toEqual([{ placeOrder: null }, undefined]);
    expect((await recordsOf(orders)).get('a')?.at(-1)).toBeNull();
    await eventually(
      async () => expect(await orderOf('a')).toEqual({ data: { order: null } }),
      DEADLINE_MS,
    );
  });

  test('a value that GraphQL takes and the schema does not is refused with its path, and nothing is written', async () => {
    const before = await recordsOf(orders);
    const refusals = [
      await mutate('placeOrder', 'b', { total: '1.001' }),
      await mutate('placeOrder', 'b', { total: '12345678901.00' }),
      await mutate('placeOrder', 'b', { state: 'LOST' }),
    ];
    expect(refusals.map(codeOf)).toEqual(
      refusals.map(() => [
        expect.objectContaining({ code: 'SCHEMA_MISMATCH', outcome: 'not_written' }),
      ]),
    );
    expect(refusals.map(({ errors }) => errors?.[0]?.message)).toEqual(
      ['value.total: ', 'value.total: ', 'value.state: '].map(
        (path) => expect.stringContaining(path) as string,
      ),
    );
    expect(await recordsOf(orders)).toEqual(before);
  });

  test('F21, F22: while the registry is away or hangs, a schema that is not known is a clear error and nothing is written; one that is known goes on', async () => {
    expect(await mutate('placeOrder', 'c')).not.toHaveProperty('errors');
    const refused = async () => {
      const answer = await mutate('returnOrder', 'c');
      expect(codeOf(answer)).toEqual([
        expect.objectContaining({ code: 'REGISTRY_UNAVAILABLE', outcome: 'not_written' }),
      ]);
      expect(answer.errors?.[0]?.message).toContain('The schema registry at');
    };
    await avro.registry.kill();
    await refused();
    expect(await mutate('placeOrder', 'd')).not.toHaveProperty('errors');
    await avro.registry.start();
    await avro.registry.freeze();
    await refused();
    expect(await mutate('placeOrder', 'e')).not.toHaveProperty('errors');
    avro.registry.thaw();
    expect(await mutate('returnOrder', 'f')).not.toHaveProperty('errors');

    expect([...(await recordsOf(returns)).keys()]).toEqual(['f']);
    const records = await recordsOf(orders);
    expect(['c', 'd', 'e'].map((key) => records.get(key)?.length)).toEqual([1, 1, 1]);
    await eventually(async () => {
      const responses = await Promise.all(['c', 'd', 'e'].map(orderOf));
      expect(responses).toEqual(
        responses.map(() => ({
          data: { order: expect.objectContaining({ total: 19.9 }) as object },
        })),
      );
    }, DEADLINE_MS);
  });
});
