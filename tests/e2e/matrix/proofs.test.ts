import { REMEDIES } from '@quicksilver/common/errors/remedies';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { call } from '@quicksilver/testkit/http-call';
import { eventually } from '@quicksilver/testkit/eventually';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

const PARENTS = 1_000;
/** Of each joined topic; no more than one request to a mirror may ask for. */
const CHILDREN = 400;
const JOINED = ['reds', 'greens', 'blues'] as const;
const CLIENTS = 200;
const EVENTS_PER_CLIENT = 3;
const PARTITIONS = 3;
const DEADLINE_MS = 90_000;

const topics = Object.fromEntries(
  ['parents', ...JOINED, 'deep', 'items', 'events', 'fixed'].map((name) => [
    name,
    uniqueTopic(name),
  ]),
);
const topic = (name: string): string => topics[name] ?? '';
let network: TestNetwork;

beforeAll(async () => {
  const names = Object.values(topics);
  network = await TestNetwork.start({
    broker: testBroker(),
    topics: names.map((name) => ({
      name,
      ...(name === topic('fixed') ? { writeType: 'IMMUTABLE' as const } : {}),
    })),
    mirrors: [{ topics: names, replicas: 2 }],
    schema: `
      type Query {
        parents: [Parent!]! @topic(name: "${topic('parents')}")
        item(id: ID!): Item @topic(name: "${topic('items')}", keyArgument: "id")
      }
      type Parent {
        id: Int!
        ${JOINED.map((name) => `${name}Id: ID ${name}: Child @topic(name: "${topic(name)}", keyField: "${name}Id")`).join('\n')}
      }
      type Child { id: ID! deepId: ID deep: Deep @topic(name: "${topic('deep')}", keyField: "deepId") }
      type Deep { id: ID! }
      type Mutation {
        setItem(id: ID!, item: ItemInput): Item @topic(name: "${topic('items')}")
        setFixed(id: ID!, item: ItemInput): Item @topic(name: "${topic('fixed')}")
      }
      type Item { version: Int }
      input ItemInput { version: Int }
      type Subscription {
        event(id: ID!): Event @topic(name: "${topic('events')}", keyArgument: "id")
        fixed: Item @topic(name: "${topic('fixed')}")
      }
      type Event { owner: ID! at: Int! }`,
  });
});
afterAll(() => network[Symbol.asyncDispose]());

interface Answered {
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
  readonly errors?: readonly { readonly extensions?: unknown }[];
  readonly extensions?: { readonly positions?: string };
}

async function ask(
  query: string,
  variables: object = {},
  headers: Readonly<Record<string, string>> = {},
  extensions: object = {},
): Promise<Answered> {
  const answer = await call(`${network.gateway.url}/graphql`, {
    json: { query, variables, extensions },
    headers,
  });
  return { headers: answer.headers, ...(answer.json() as Omit<Answered, 'headers'>) };
}

test('1,000 parents with three joined topics cost each owner one request per topic and level', async () => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
  for (const name of JOINED) {
    const pairs = numbers(CHILDREN).map((at) => ({
      key: `${name}${at}`,
      value: { id: at, deepId: `deep${at}` },
    }));
    expect((await network.post(topic(name), pairs)).status).toBe(201);
  }
  const deep = numbers(CHILDREN).map((at) => ({ key: `deep${at}`, value: { id: at } }));
  expect((await network.post(topic('deep'), deep)).status).toBe(201);
  const parents = numbers(PARENTS).map((id) => ({
    key: String(id),
    value: Object.fromEntries([
      ['id', id],
      ...JOINED.map((name) => [`${name}Id`, `${name}${id % CHILDREN}`]),
    ]),
  }));
  for (const half of [parents.slice(0, PARENTS / 2), parents.slice(PARENTS / 2)]) {
    expect((await network.post(topic('parents'), half)).status).toBe(201);
  }
  const query = `{ parents { id ${JOINED.map((name) => `${name} { id deep { id } }`).join(' ')} } }`;
  const expected = numbers(PARENTS).map((id) => ({
    id,
    ...Object.fromEntries(
      JOINED.map((name) => [
        name,
        { id: String(id % CHILDREN), deep: { id: String(id % CHILDREN) } },
      ]),
    ),
  }));
  const byId = (a: { id: number }, b: { id: number }): number => a.id - b.id;
  await eventually(async () => {
    const { data } = await ask(query);
    expect((data as { parents: { id: number }[] }).parents.toSorted(byId)).toEqual(expected);
  }, DEADLINE_MS);

  /** At the mirrors, of each owner. */
  const requests = async (): Promise<number[]> =>
    await Promise.all(
      network
        .mirrors(topic('reds'))
        .map((mirror) => readMetric(mirror, 'mirror_query_seconds_count', { kind: 'batch' })),
    );
  const before = await requests();
  await ask(query);
  const after = await requests();
  // The three topics of the first level, and the one that all of them lead to.
  expect(after.map((count, at) => count - (before[at] ?? 0))).toEqual([
    JOINED.length + 1,
    JOINED.length + 1,
  ]);
});

test('I-R1: with the position of a mutation, the next request reads its write', async () => {
  const stale: unknown[] = [];
  const client = async (id: string): Promise<void> => {
    for (let version = 0; version < 25; version += 1) {
      const written = await ask(
        'mutation ($id: ID!, $item: ItemInput) { setItem(id: $id, item: $item) { version } }',
        { id, item: { version } },
      );
      expect(written.data, JSON.stringify(written)).toEqual({ setItem: { version } });
      const position = written.extensions?.positions ?? '';
      expect(written.headers['x-quick-position']).toBe(position);
      const headers = { 'x-quick-min-position': position };
      const { data } = await ask('query ($id: ID!) { item(id: $id) { version } }', { id }, headers);
      if ((data as { item?: { version?: number } } | null)?.item?.version !== version) {
        stale.push({ id, version, position, data });
      }
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(client));
  expect(stale).toEqual([]);
});

test('I-R1: positions are taken from extensions too, over HTTP and over a WebSocket', async () => {
  const query = 'query ($id: ID!) { item(id: $id) { version } }';
  const set = 'mutation ($id: ID!, $item: ItemInput) { setItem(id: $id, item: $item) { version } }';
  const client = createSocketClient({
    url: `ws://${network.gateway.address}/graphql`,
    webSocketImpl: WebSocket,
  });
  const overSocket = async (variables: Record<string, unknown>, extensions: object) =>
    (await client.iterate({ query, variables, extensions: { ...extensions } }).next()).value as {
      readonly data?: unknown;
      readonly errors?: readonly { readonly extensions?: unknown }[];
    };
  const stale: unknown[] = [];
  for (let version = 0; version < 20; version += 1) {
    const { extensions } = await ask(set, { id: 'both', item: { version } });
    for (const answer of [
      await overSocket({ id: 'both' }, extensions ?? {}),
      await ask(query, { id: 'both' }, {}, extensions),
    ]) {
      if ((answer.data as { item?: { version?: number } } | null)?.item?.version !== version) {
        stale.push({ version, answer });
      }
    }
  }
  expect(stale).toEqual([]);
  const wrong = { positions: 'nowhere' };
  const [http, socket] = [
    await ask(query, { id: 'x' }, {}, wrong),
    client.iterate({ query, variables: { id: 'x' }, extensions: wrong }),
  ];
  expect(http.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_POSITION' });
  await expect(socket.next()).rejects.toMatchObject([{ extensions: { code: 'BAD_POSITION' } }]);
  await client.dispose();
});

test('I-W5: the second mutation of a key of an immutable topic is refused with a code', async () => {
  const set = 'mutation ($item: ItemInput) { setFixed(id: "once", item: $item) { version } }';
  expect(await ask(set, { item: { version: 1 } })).toMatchObject({
    data: { setFixed: { version: 1 } },
  });
  expect(await ask(set, { item: { version: 2 } })).toMatchObject({
    data: { setFixed: null },
    errors: [{ extensions: { code: 'KEY_EXISTS', retry: 'never', outcome: 'not_written' } }],
  });
});

test('I-W8: a mutation that comes again with its Idempotency-Key is not done again', async () => {
  const set =
    'mutation ($item: ItemInput) { a: setItem(id: "i", item: $item) { version } b: setItem(id: "i", item: $item) { version } }';
  const headers = { 'idempotency-key': 'mutation-1' };
  const first = await ask(set, { item: { version: 1 } }, headers);
  expect(first.data).toEqual({ a: { version: 1 }, b: { version: 1 } });
  const again = await ask(set, { item: { version: 1 } }, headers);
  expect([again.data, again.extensions]).toEqual([first.data, first.extensions]);
  const other = await ask(set, { item: { version: 2 } }, headers);
  expect(other).toMatchObject({
    data: { a: null, b: null },
    errors: [
      { extensions: { code: 'IDEMPOTENCY_MISMATCH', outcome: 'not_written' } },
      { extensions: { code: 'IDEMPOTENCY_MISMATCH', outcome: 'not_written' } },
    ],
  });
  const bad = await ask(set, { item: { version: 2 } }, { 'idempotency-key': 'x'.repeat(300) });
  expect(bad.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_REQUEST' });
});

test('I-W5: a mutation cannot remove what is in an immutable topic, and says so with a code', async () => {
  const { errors } = await ask('mutation { setFixed(id: "x", item: null) { version } }');
  expect(errors?.map(({ extensions }) => extensions)).toEqual([
    {
      code: 'IMMUTABLE_TOPIC',
      retry: 'never',
      help: REMEDIES.IMMUTABLE_TOPIC,
      outcome: 'not_written',
    },
  ]);
});

test('I-W5: a subscriber of an immutable topic gets only the first write of each key', async () => {
  const keys = Array.from({ length: 50 }, (_, at) => `raced-${at}`);
  const heard: number[] = [];
  const client = createClient({ url: `${network.gateway.url}/graphql`, retryAttempts: 0 });
  const stream = client.iterate({ query: 'subscription { fixed { version } }' });
  const following = (async () => {
    for await (const { data } of stream) {
      heard.push((data as { fixed: { version: number } }).fixed.version);
    }
  })();
  const labels = { topic: topic('fixed') };
  await eventually(async () => {
    expect(await readMetric(network.gateway, 'gateway_feed_subscribers', labels)).toBe(1);
  }, DEADLINE_MS);
  // Behind the back of ingest, which would refuse all but the first.
  const sink = createKafkaClient('platformatic', {
    bootstrapServers: [testBroker().bootstrapServer],
    clientId: 'foreign-producer',
    requestTimeoutMs: 10_000,
    decompressedBytesMax: 67_108_864,
  }).sink();
  for (const version of [0, 1, 2]) {
    const batches = keys.map((key, at) => ({
      topic: topic('fixed'),
      partition: partitionOf(Buffer.from(key), PARTITIONS),
      records: [{ key: Buffer.from(key), value: Buffer.from(`{"version":${100 * at + version}}`) }],
    }));
    for (const result of await sink.produce(batches, DEADLINE_MS)) {
      expect(result).toMatchObject({ ok: true });
    }
  }
  await sink.close();
  const losers = { ...labels, outcome: 'loser' };
  await eventually(async () => {
    const count = await readMetric(network.gateway, 'gateway_feed_events_total', losers);
    expect(count).toBe(2 * keys.length);
    expect(heard.toSorted((one, other) => one - other)).toEqual(keys.map((_, at) => 100 * at));
  }, DEADLINE_MS);
  client.dispose();
  await following;
});

test('200 clients that follow a key each hear all of its events and none of another', async () => {
  const heard = Array.from({ length: CLIENTS }, (): unknown[] => []);
  const following = heard.map(async (events, at) => {
    const client = [
      () => createClient({ url: `${network.gateway.url}/graphql`, retryAttempts: 0 }),
      () =>
        createSocketClient({
          url: `ws://${network.gateway.address}/graphql`,
          webSocketImpl: WebSocket,
          retryAttempts: 0,
        }),
    ][at % 2]?.();
    const stream = client?.iterate({
      query: 'subscription ($id: ID!) { event(id: $id) { owner at } }',
      variables: { id: `client-${at}` },
    });
    for await (const { data } of stream ?? []) {
      events.push(data?.['event']);
      if (events.length === EVENTS_PER_CLIENT) {
        break;
      }
    }
  });
  const labels = { topic: topic('events') };
  await eventually(async () => {
    expect(await readMetric(network.gateway, 'gateway_feed_subscribers', labels)).toBe(CLIENTS);
  }, DEADLINE_MS);
  for (let at = 0; at < EVENTS_PER_CLIENT; at += 1) {
    const pairs = heard.map((_, owner) => ({
      key: `client-${owner}`,
      value: { owner: `client-${owner}`, at },
    }));
    expect((await network.post(topic('events'), pairs)).status).toBe(201);
  }
  await Promise.all(following);
  expect(heard).toEqual(
    heard.map((_, owner) =>
      Array.from({ length: EVENTS_PER_CLIENT }, (_event, at) => ({
        owner: `client-${owner}`,
        at,
      })),
    ),
  );
});

test('a mutation while ingest is down says that nothing was written', async () => {
  await network.ingest.kill('SIGTERM');
  const { data, errors } = await ask('mutation { setItem(id: "x", item: null) { version } }');
  expect({ data, extensions: errors?.map((error) => error.extensions) }).toEqual({
    data: { setItem: null },
    extensions: [
      {
        code: 'WRITE_NOT_DONE',
        retry: 'later',
        help: REMEDIES.WRITE_NOT_DONE,
        outcome: 'not_written',
      },
    ],
  });
  await network.ingest.start();
});
