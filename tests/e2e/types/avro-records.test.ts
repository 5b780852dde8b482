import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import { runCli } from '@quicksilver/cli/run-cli';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { runCommand } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { textOf } from '../examples/documented-queries.ts';
import { avroBytes, avroType, ForeignProducer } from './avro-producer.ts';
import { changeEventTests } from './change-event-tests.ts';
import { createTopic } from './create-topic.ts';

const DEADLINE_MS = 90_000;
const FETCH_MS = 600_000;
const PARTITIONS = 1;
const PAGE = textOf('docs/types.md');
const block = (name: string): string =>
  new RegExp(`^\`\`\`\\w+ ${name}\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1] ?? '';

const [PLACED, CANCELLED] = JSON.parse(block('named-records')) as readonly [object, object];
const ORDER = 9007199254740993n;
/** As `OrderPlaced`, with a member more: a schema that no mirror has met before. */
const placedWith = (member: string): object => ({
  ...PLACED,
  fields: [
    ...(PLACED as { fields: object[] }).fields,
    { name: member, type: 'string', default: '' },
  ],
});

interface PartitionFacts {
  readonly state: string;
  readonly detail?: string;
}

describe('records of Avro, written by others, by the schemas of a real registry', () => {
  const topic = uniqueTopic('shop-events');
  const sdl = `${block('named-schema')} type Subscription { placed: ShopEvent @topic(name: "shop-events") }`;
  let registry: OwnSchemaRegistry;
  let network: ManagedNetwork;
  let producer: ForeignProducer;
  let gateway = '';
  let mirror = '';

  beforeAll(async () => {
    [registry] = await Promise.all([OwnSchemaRegistry.start(), createTopic(topic, PARTITIONS)]);
    network = await ManagedNetwork.start({
      env: { QUICK_KAFKA_SCHEMA_REGISTRY_URL: registry.url },
    });
    producer = new ForeignProducer(PARTITIONS);
    // The registry may have to be fetched.
  }, FETCH_MS);
  afterAll(async () => {
    await producer[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const register = (json: object) =>
    network.send('POST', `/topic/${topic}?keyType=STRING&valueType=AVRO`, {
      register: true,
      ...json,
    });
  const tail = (...options: readonly string[]) =>
    runCommand(
      runCli,
      ['tail', topic, '--key-type', 'string', '--value-type', 'avro', ...options],
      {
        home: network.directory,
        env: {
          QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
          QUICK_KAFKA_SCHEMA_REGISTRY_URL: registry.url,
          QUICK_URL: network.manager.url,
        },
      },
    );
  const ask = async (query: string): Promise<string> =>
    (await call(`http://${gateway}/graphql`, { json: { query } })).text;
  const answers = (query: string, expected: string): Promise<void> =>
    eventually(async () => expect(await ask(query)).toBe(expected), DEADLINE_MS);
  const partition = async (): Promise<PartitionFacts> => {
    const { json } = await call(`http://${mirror}/status`);
    const { topics } = json() as { topics: { topic: string; partitions: PartitionFacts[] }[] };
    const [facts] = topics.find((each) => each.topic === topic)?.partitions ?? [];
    if (facts === undefined) {
      throw new Error(`the mirror does not host ${topic}`);
    }
    return facts;
  };
  const poison = async (): Promise<unknown> =>
    ((await call(`http://${mirror}/poison`)).json() as { items: unknown }).items;

  test('a topic without a schema is refused with the name of the missing subject, one that is not in Kafka too, and nothing is left', async () => {
    const missing = await register({});
    expect(missing.status, missing.text).toBe(400);
    expect(missing.text).toContain(`no subject ${topic}-value`);
    const absent = await network.send(
      'POST',
      `/topic/${topic}-not?keyType=STRING&valueType=AVRO`,
      {},
    );
    expect(absent.status, absent.text).toBe(400);
    expect(absent.text).toContain('it does not exist in Kafka');
    await registry.kill();
    const away = await register({});
    expect([away.status, away.json()]).toMatchObject([503, { errorCode: 'REGISTRY_UNAVAILABLE' }]);
    await registry.start();
    expect((await network.resources()).map(({ kind }) => kind)).toEqual([]);
  });

  test('a union and an interface are resolved by the record’s name, from one union schema or from separate subjects', async () => {
    await registry.register('com.shop.OrderPlaced', PLACED);
    const union = ['com.shop.OrderPlaced', CANCELLED];
    const unionId = await registry.register(`${topic}-value`, union, [
      { name: 'com.shop.OrderPlaced', subject: 'com.shop.OrderPlaced', version: 1 },
    ]);
    const cancelledId = await registry.register('com.shop.OrderCancelled', CANCELLED);
    await producer.write(topic, [
      [
        'a',
        avroBytes(unionId, avroType([PLACED, CANCELLED]), {
          'com.shop.OrderPlaced': { order: ORDER, total: Buffer.from([0x07, 0xc6]) },
        }),
      ],
      ['b', avroBytes(cancelledId, avroType(CANCELLED), { order: ORDER, reason: null })],
    ]);
    const registered = await network.send(
      'POST',
      `/topic/${topic}?keyType=STRING&valueType=SCHEMA`,
      { register: true, recordNames: true },
    );
    expect(registered.status, registered.text).toBe(201);
    const twice = await network.send('PUT', `/topic/${topic}`, {
      value: 'avro',
      recordNames: true,
    });
    expect(twice.status, twice.text).toBe(200);
    const schema = sdl.replaceAll('"shop-events"', `"${topic}"`);
    await network.mustSend('POST', '/gateway', { name: 'shop', replicas: 1, schema });
    [gateway = ''] = await network.addresses('gateway', 'shop');
    [mirror = ''] = await network.addresses('mirror', mirrorNameOf(topic));
    await answers(block('named-query'), block('named-answer').trim());
    const { stdout } = await tail('--from', 'beginning', '--no-follow', '-o', 'jsonl');
    expect(stdout).toContain(`"key":"a","value":{"order":${ORDER},"total":19.90}}`);
    expect(stdout).toContain(`"key":"b","value":{"order":${ORDER},"reason":null}}`);
  });

  test('F21: records whose schema cannot be fetched wait until it is back; none is poison and none is lost', async () => {
    const ids = [
      await registry.register('v1', placedWith('channel')),
      await registry.register('v2', placedWith('shop')),
    ];
    await registry.kill();
    const values = ids.map((id, at) =>
      avroBytes(id, avroType(placedWith(at === 0 ? 'channel' : 'shop')), {
        order: ORDER,
        total: Buffer.from([at]),
        [at === 0 ? 'channel' : 'shop']: 'x',
      }),
    );
    const plain = uniqueTopic('plain');
    await network.mustSend('POST', `/topic/${plain}?keyType=string&valueType=string`, {});
    const records = Array.from(
      { length: 2_000 },
      (_, at) => [`k${at}`, values[at % 2] ?? Buffer.alloc(0)] as const,
    );
    await producer.write(topic, records);
    await eventually(async () => {
      const facts = await partition();
      expect(facts.state).toBe('stalled');
      expect(facts.detail).toContain('The schema registry at');
    }, DEADLINE_MS);
    // Only the mirror of this topic is not well, although the process is the same.
    await eventually(async () => {
      const mirrors = (await network.resources()).filter(({ kind }) => kind === 'mirror');
      const statusOf = (name: string) => mirrors.find((one) => one.name === name)?.status;
      expect(statusOf(mirrorNameOf(topic))?.state).toMatch(/^(?:Degraded|Failed)$/);
      expect(JSON.stringify(statusOf(mirrorNameOf(topic)))).toContain('The schema registry at');
      expect(statusOf(mirrorNameOf(plain))).toMatchObject({ state: 'Running' });
      expect(JSON.stringify(statusOf(mirrorNameOf(plain)))).not.toContain('registry');
    }, DEADLINE_MS);
    expect(await ask('{ event(key: "b") { __typename } }')).toBe(
      '{"data":{"event":{"__typename":"OrderCancelled"}}}',
    );
    // The mirror has fetched this record and cannot read it, so the key is not known to be missing.
    expect(JSON.parse(await ask('{ event(key: "k0") { __typename } }'))).toMatchObject({
      data: { event: null },
      errors: [{ path: ['event'], extensions: { code: 'STALE' } }],
    });
    await registry.start();
    const last = '{ event(key: "k1999") { __typename order } }';
    await answers(last, '{"data":{"event":{"__typename":"OrderPlaced","order":9007199254740993}}}');
    await eventually(async () => {
      expect((await partition()).state).toBe('serving');
    }, DEADLINE_MS);
    const { data } = JSON.parse(await ask('{ events { __typename } }')) as {
      data: { events: unknown[] };
    };
    expect(data.events).toHaveLength(2_002);
    expect(await poison()).toEqual([]);
  });

  test('row 129: values of a schema that does not exist, that are cut, and that name none are listed as poison; their neighbours and a subscriber go on', async () => {
    const id = await registry.register('v1', placedWith('channel'));
    const type = avroType(placedWith('channel'));
    const good = avroBytes(id, type, { order: ORDER, total: Buffer.from([1]), channel: 'web' });
    const unknown = avroBytes(2 ** 31 - 1, type, {
      order: 1n,
      total: Buffer.from([1]),
      channel: '',
    });
    await producer.write(topic, [
      ['unknown', unknown],
      ['cut', good.subarray(0, -1)],
      ['json', Buffer.from('{"order":1}')],
      ['empty', Buffer.alloc(0)],
      ['good', good],
    ]);
    await answers('{ event(key: "good") { order } }', `{"data":{"event":{"order":${ORDER}}}}`);
    expect(await poison()).toMatchObject(
      ['no schema with id 2147483647', 'are left', 'begin with 7b226f', 'begin with nothing'].map(
        (why) => ({
          reason: 'BAD_VALUE',
          detail: expect.stringContaining(why) as string,
        }),
      ),
    );

    const client = createClient({ url: `http://${gateway}/graphql` });
    const heard: unknown[] = [];
    const end = client.subscribe(
      { query: 'subscription { placed { __typename ... on OrderPlaced { order } } }' },
      {
        next: (event) => heard.push(event),
        error: (error) => heard.push(error),
        complete: () => undefined,
      },
    );
    // A subscription has no acknowledgement.
    await eventually(async () => {
      await producer.write(topic, [
        ['unknown', unknown],
        ['good', good],
      ]);
      expect(heard.length).toBeGreaterThan(0);
    }, DEADLINE_MS);
    end();
    client.dispose();
    const { data, errors } = heard[0] as { data: { placed: object }; errors?: unknown };
    expect([errors, data.placed]).toEqual([
      undefined,
      { __typename: 'OrderPlaced', order: Number(ORDER) },
    ]);
  });

  test('rows 35 and 37: what is written over HTTP is of the subject’s schema, or refused with its path; a tombstone needs none', async () => {
    const write = (value: object) =>
      call(`${network.ingest.url}/${topic}`, { json: { key: 'c', value } });
    const refused = await write({ order: 1, total: 1.001 });
    expect([refused.status, refused.json()]).toMatchObject([
      400,
      { errorCode: 'SCHEMA_MISMATCH', detail: expect.stringContaining('value.total: ') as string },
    ]);
    const written = await write({ order: 1, total: 1.5 });
    expect(written.status, written.text).toBe(201);
    await answers(
      '{ event(key: "c") { __typename order ... on OrderPlaced { total } } }',
      '{"data":{"event":{"__typename":"OrderPlaced","order":1,"total":1.5}}}',
    );
    const removed = await call(`${network.ingest.url}/${topic}/a`, { method: 'DELETE' });
    expect(removed.status, removed.text).toBe(200);
    await answers('{ event(key: "a") { order } }', '{"data":{"event":null}}');
  });

  changeEventTests({ network: () => network, registry: () => registry });

  test.each<[string, unknown, string]>([
    [
      'more than 512 Ki characters',
      { ...PLACED, doc: 'x'.repeat(600_000) },
      'at most 524288 are allowed',
    ],
    ['1,000 levels', nested(1_000), 'levels'],
  ])('row 144: a topic whose schema has %s is refused', async (_title, schema, why) => {
    const unfit = uniqueTopic('unfit');
    await createTopic(unfit, PARTITIONS);
    await registry.register(`${unfit}-value`, schema);
    const answer = await network.send('PUT', `/topic/${unfit}`, {
      key: 'string',
      value: 'avro',
      register: true,
    });
    expect([answer.status, answer.text]).toMatchObject([
      400,
      expect.stringContaining(why) as string,
    ]);
  });

  test('row 144: a schema of 10,000 fields that contains itself is accepted', async () => {
    const wide = uniqueTopic('wide');
    await createTopic(wide, PARTITIONS);
    const fields = Array.from({ length: 10_000 }, (_, at) => ({ name: `f${at}`, type: 'int' }));
    const self = { name: 'self', type: ['null', 'Wide'] };
    await registry.register(`${wide}-value`, {
      type: 'record',
      name: 'Wide',
      fields: [...fields, self],
    });
    const spec = { key: 'string', value: 'avro', register: true };
    const answer = await network.send('PUT', `/topic/${wide}`, spec);
    expect(answer.status, answer.text).toBe(201);
  });
});

function nested(levels: number): object {
  let schema: object = { type: 'array', items: 'int' };
  for (let level = 1; level < levels; level += 1) {
    schema = { type: 'array', items: schema };
  }
  return schema;
}
