import { batchPath, keyPath, listPath } from '@quicksilver/contracts/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

import { CLIENTS, type Written } from './clients.ts';

const KEYS_EACH = 20;
const APPLY_MS = 90_000;
const TEST_MS = 900_000;
const NAMES = Object.keys(CLIENTS);

/** By key; undefined for one that was removed. */
type Names = ReadonlyMap<string, string | undefined>;

const valueOf = (name: string): string => JSON.stringify({ name });
const keysOf = (client: string): string[] =>
  Array.from({ length: KEYS_EACH }, (_, at) => `${client} ${at}`);

/** The topics of one test, and what each key of the first must be answered with. */
class Bench {
  readonly people: string;
  readonly orders: string;
  /** Undefined for a key that was removed. */
  readonly names = new Map<string, string | undefined>();
  readonly network: TestNetwork;

  private constructor(network: TestNetwork, topics: Pick<Bench, 'people' | 'orders'>) {
    this.network = network;
    this.people = topics.people;
    this.orders = topics.orders;
  }

  static async start(partitions: number, replicas: number): Promise<Bench> {
    const topics = { people: uniqueTopic('people'), orders: uniqueTopic('orders') };
    const { people, orders } = topics;
    const network = await TestNetwork.start({
      broker: testBroker(),
      topics: [
        { name: people, partitions },
        { name: orders, partitions },
      ],
      mirrors: [{ topics: [people, orders], replicas }],
      ingests: 0,
      schema: `
        type Query {
          people(ids: [ID!]!): [Person] @topic(name: "${people}", keyArgument: "ids")
          orders(ids: [ID!]!): [Order] @topic(name: "${orders}", keyArgument: "ids")
        }
        type Person { name: String }
        type Order { personId: ID person: Person @topic(name: "${people}", keyField: "personId") }
      `,
    });
    return new Bench(network, topics);
  }

  async write(client: string, names: Names): Promise<void> {
    const records: Written = [...names].map(([key, name]) => [
      key,
      name === undefined ? null : valueOf(name),
    ]);
    await CLIENTS[client]?.(this.network.broker, this.people, records);
    for (const [key, name] of names) {
      this.names.set(key, name);
    }
  }

  /** One order of each person, where Java puts it. */
  async writeOrders(): Promise<void> {
    const orders: Written = [...this.names.keys()].map((key) => [
      `order of ${key}`,
      JSON.stringify({ personId: key }),
    ]);
    await CLIENTS['java']?.(this.network.broker, this.orders, orders);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.network[Symbol.asyncDispose]();
  }
}

async function expectAll(bench: Bench): Promise<void> {
  const { network, people, names } = bench;
  for (const { url } of network.mirrors(people)) {
    await expectKeys(url, people, names);
    await expectBatch(url, people, names);
    expect(await listedKeys(url, people)).toEqual(
      [...names].flatMap(([key, name]) => (name === undefined ? [] : [key])).toSorted(),
    );
  }
  await expectGraphql(network, names);
}

async function expectKeys(url: string, topic: string, names: Names): Promise<void> {
  for (const [key, name] of names) {
    const answer = await call(`${url}${keyPath(topic, key)}`);
    expect([key, answer.status]).toEqual([key, name === undefined ? 404 : 200]);
    if (name !== undefined) {
      expect(answer.text).toBe(valueOf(name));
    }
  }
}

async function expectBatch(url: string, topic: string, names: Names): Promise<void> {
  const answer = await call(`${url}${batchPath(topic)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([...names.keys()]),
  });
  expect(answer.json()).toEqual(
    [...names.values()].map((name) => (name === undefined ? null : { name })),
  );
}

async function listedKeys(url: string, topic: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | null = '';
  do {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await call(`${url}${listPath(topic)}?limit=7${from}`);
    expect(answer.status, answer.text).toBe(200);
    const page = answer.json() as { items: { key: string }[]; next: string | null };
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.next;
  } while (cursor !== null);
  return keys.toSorted();
}

async function expectGraphql(network: TestNetwork, names: Names): Promise<void> {
  const ids = [...names.keys()];
  const people = [...names.values()].map((name) => (name === undefined ? null : { name }));
  const answer = await network.graphql(
    `query ($ids: [ID!]!, $orders: [ID!]!) {
      people(ids: $ids) { name }
      orders(ids: $orders) { person { name } }
    }`,
    { variables: { ids, orders: ids.map((key) => `order of ${key}`) } },
  );
  expect(answer.errors).toBeUndefined();
  expect(answer.data).toEqual({ people, orders: people.map((person) => ({ person })) });
}

test.each([
  [3, 1],
  [6, 3],
])(
  'P1: keys of every client are found in %i partitions on %i replicas, and removed by every client',
  async (partitions, replicas) => {
    await using bench = await Bench.start(partitions, replicas);
    for (const client of NAMES) {
      await bench.write(client, new Map(keysOf(client).map((key) => [key, `first of ${key}`])));
    }
    await bench.writeOrders();
    await eventually(() => expectAll(bench), APPLY_MS);

    // Each client writes over some keys of the next one, and removes some, wherever they are.
    for (const [at, client] of NAMES.entries()) {
      const keys = keysOf(NAMES[(at + 1) % NAMES.length] ?? '');
      await bench.write(client, new Map(keys.slice(0, 5).map((key) => [key, `by ${client}`])));
      await bench.write(client, new Map(keys.slice(5, 10).map((key) => [key, undefined])));
    }
    await eventually(() => expectAll(bench), APPLY_MS);

    const records = await readTopic(bench.network.broker, bench.people);
    const placesOfKeys = Map.groupBy(records, ({ key }) => key);
    const isSpread = [...placesOfKeys.values()].some(
      (places) => new Set(places.map(({ partition }) => partition)).size > 1,
    );
    expect(isSpread).toBe(true);

    for (const mirror of bench.network.mirrors(bench.people)) {
      await mirror.kill('SIGKILL');
    }
    for (const ordinal of bench.network.mirrors(bench.people).keys()) {
      await bench.network.wipeMirror(bench.people, ordinal);
      await bench.network.mirror(bench.people, ordinal).start();
    }
    await eventually(() => expectAll(bench), APPLY_MS);
  },
  TEST_MS,
);
