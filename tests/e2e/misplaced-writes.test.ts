import { partitionOf } from '@quicksilver/kafka/partitioner';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call, type Answer } from '@quicksilver/testkit/http-call';
import { readTopic } from '@quicksilver/testkit/oracle';
import { RawWriter } from '@quicksilver/testkit/kafka/raw-writer';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PARTITIONS = 3;
const DEADLINE_MS = 90_000;
const KEYS = ['single', 'first', 'second', 'line', 'mutated', 'followed'];
const people = uniqueTopic('people');
const urls = uniqueTopic('urls');

let network: TestNetwork;
let raw: RawWriter;

const wrongPartition = (key: string): number =>
  (partitionOf(Buffer.from(key), PARTITIONS) + 1) % PARTITIONS;
const lookup = (topic: string, key: string, position = ''): Promise<Answer> =>
  call(`${network.mirror(topic).url}/topics/${topic}/keys/${key}`, {
    headers: position === '' ? {} : { 'x-quick-min-position': position },
  });
const positionOf = (answer: Answer): string => answer.headers['x-quick-position'] ?? '';

/** Keys of all people as every replica and the gateway list them. */
async function listed(position: string): Promise<string[]> {
  const headers = { 'x-quick-min-position': `${people}/${position}` };
  const { data, errors } = await network.graphql('{ people { name } }', { headers });
  expect(errors).toBeUndefined();
  return (data as { people: { name: string }[] }).people.map(({ name }) => name).toSorted();
}

/** A read that must include a write. */
async function expectRead(key: string, position: string, value: unknown): Promise<void> {
  // A replica may not know yet what another one has read. It never returns an older value.
  await eventually(async () => {
    const answer = await lookup(people, key, position);
    expect([503, 504]).not.toContain(answer.status);
    expect([answer.status, answer.json()]).toMatchObject(
      value === undefined ? [404, {}] : [200, value as object],
    );
  }, DEADLINE_MS);
}

beforeAll(async () => {
  network = await TestNetwork.start({
    broker: testBroker(),
    topics: [
      { name: people },
      { name: urls, writeType: 'IMMUTABLE', configs: { 'cleanup.policy': 'delete' } },
    ],
    mirrors: [{ topics: [people, urls], replicas: 2 }],
    schema: `
      type Query {
        person(id: ID!): Person @topic(name: "${people}", keyArgument: "id")
        people: [Person!]! @topic(name: "${people}")
      }
      type Mutation {
        setPerson(id: ID!, person: PersonInput): Person
          @topic(name: "${people}", keyArgument: "id", valueArgument: "person")
      }
      type Subscription {
        person(id: ID): Person @topic(name: "${people}", keyArgument: "id", tombstones: true)
      }
      type Person { name: String age: Int }
      input PersonInput { name: String age: Int }
    `,
  });
  raw = new RawWriter(testBroker());
  for (const key of KEYS) {
    await raw.write(people, wrongPartition(key), key, JSON.stringify({ name: key, age: 0 }));
  }
  await raw.write(urls, wrongPartition('taken'), 'taken', '"there"');
  // A replica reads within about a second which partitions of its peers have misplaced keys.
  for (const key of [...KEYS, 'taken']) {
    const topic = key === 'taken' ? urls : people;
    for (const { url } of network.mirrors(topic)) {
      await eventually(async () => {
        const answer = await call(`${url}/topics/${topic}/keys/${key}`);
        if (answer.status !== 200) {
          throw new Error(answer.text);
        }
      }, DEADLINE_MS);
    }
  }
}, 3 * DEADLINE_MS);
afterAll(async () => {
  await raw[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

test('a write of every kind goes to the partition in which the key is, and a read sees it', async () => {
  const valueOf = (key: string, age: number): object => ({ key, value: { name: key, age } });
  const writes: Readonly<Record<string, () => Promise<Answer>>> = {
    single: () => network.post(people, valueOf('single', 1)),
    first: () => network.post(people, [valueOf('first', 1), valueOf('second', 1)]),
    line: () =>
      network.postBytes(people, `${JSON.stringify(valueOf('line', 1))}\n`, {
        'content-type': 'application/x-ndjson',
      }),
  };
  for (const [key, write] of Object.entries(writes)) {
    const answer = await write();
    expect(answer.status, answer.text).toBeLessThan(300);
    expect(answer.text).toContain(`"partition":${wrongPartition(key)},`);
    const offset = /"offset":(\d+)/.exec(answer.text)?.[1];
    await expectRead(key, `${wrongPartition(key)}:${offset}`, { age: 1 });
  }
  const mutated = await network.graphql(
    'mutation { setPerson(id: "mutated", person: {name: "mutated", age: 1}) { age } }',
  );
  expect(mutated.errors).toBeUndefined();
  const { positions } = (mutated as { extensions?: { positions?: string } }).extensions ?? {};
  const read = await network.graphql('{ person(id: "mutated") { age } }', {
    headers: { 'x-quick-min-position': positions ?? '' },
  });
  expect(read.data).toEqual({ person: { age: 1 } });
  const fresh = await network.post(people, valueOf('fresh', 1));
  expect(fresh.json()).toMatchObject({ partition: partitionOf(Buffer.from('fresh'), PARTITIONS) });

  const records = await readTopic(testBroker(), people);
  for (const key of KEYS) {
    const places = new Set(records.filter((each) => each.key === key).map((r) => r.partition));
    expect([key, ...places]).toEqual([key, wrongPartition(key)]);
  }
  expect(await listed(positionOf(fresh))).toEqual(['fresh', ...KEYS].toSorted());
});

test('a removal of every kind removes the key, from every partition in which it is', async () => {
  const several = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  for (const partition of several) {
    await raw.write(people, partition, 'several', `{"name":"several","age":${partition}}`);
  }
  await eventually(async () => {
    expect((await lookup(people, 'several')).json()).toMatchObject({ age: 2 });
  }, DEADLINE_MS);
  const removals: Readonly<Record<string, () => Promise<Answer>>> = {
    single: () => network.remove(people, 'single'),
    first: () =>
      call(`${network.ingest.url}/${people}`, { method: 'DELETE', json: ['first', 'second'] }),
    several: () => network.remove(people, 'several'),
  };
  for (const [key, remove] of Object.entries(removals)) {
    const answer = await remove();
    expect(answer.status, answer.text).toBe(200);
    await expectRead(key, positionOf(answer), undefined);
  }
  const removed = await network.graphql(
    'mutation { setPerson(id: "mutated", person: null) { age } }',
  );
  expect(removed.errors).toBeUndefined();

  const records = await readTopic(testBroker(), people);
  for (const key of ['single', 'first', 'second', 'several', 'mutated']) {
    const last = new Map(
      records.filter((each) => each.key === key).map((each) => [each.partition, each.value]),
    );
    const partitions = key === 'several' ? several : [wrongPartition(key)];
    expect([key, last]).toEqual([key, new Map(partitions.map((at) => [at, null]))]);
  }
  // It comes back, at once and once.
  const again = await network.post(people, { key: 'several', value: { name: 'several', age: 9 } });
  expect(again.status, again.text).toBe(201);
  await expectRead('several', positionOf(again), { age: 9 });
  expect(await listed(positionOf(again))).toEqual(['followed', 'fresh', 'line', 'several']);
});

test('I-W5: a key of an immutable topic that is in any partition is not written again, and of writers who race one wins', async () => {
  const refused = await network.post(urls, { key: 'taken', value: 'mine' });
  expect(refused.json()).toMatchObject({ errorCode: 'KEY_EXISTS', outcome: 'not_written' });
  expect((await lookup(urls, 'taken')).json()).toBe('there');
  for (let round = 0; round < 5; round += 1) {
    const key = `raced ${round}`;
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((value) => network.post(urls, { key, value })),
    );
    const winners = answers.filter(({ status }) => status === 201);
    expect([winners.length, answers.filter(({ status }) => status === 409).length]).toEqual([1, 2]);
  }
  const records = await readTopic(testBroker(), urls);
  expect(records.filter(({ key }) => key === 'taken')).toHaveLength(1);
});

test('a subscription by key sees its records from every partition, and what it reads includes them', async () => {
  const client = createClient({ url: `${network.gateway.url}/graphql` });
  const query = 'subscription { person(id: "followed") { age } }';
  const events = client.iterate<{ person: { age: number } | null }>({ query });
  const ages: unknown[] = [];
  const following = (async () => {
    for await (const { data } of events) {
      ages.push(data?.person === null ? null : data?.person.age);
    }
  })();
  // The client cannot see when the subscription starts, so the test writes until an event arrives.
  await eventually(async () => {
    await raw.write(people, 0, 'followed', '{"name":"followed","age":-1}');
    expect(ages).toContain(-1);
  }, DEADLINE_MS);
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await raw.write(people, partition, 'followed', `{"name":"followed","age":${partition}}`);
    await eventually(() => expect(ages.at(-1)).toBe(partition), DEADLINE_MS);
  }
  await raw.write(people, 1, 'followed', null);
  await eventually(() => expect(ages.at(-1)).toBeNull(), DEADLINE_MS);
  client.dispose();
  await following;
});
