import { randomUUID } from 'node:crypto';

import { testBroker } from '@quicksilver/testkit/broker';
import { kcatProduce, type KcatRecords } from '@quicksilver/testkit/kcat';
import { CliBench } from '@quicksilver/testkit/cli-bench';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import { partitionBy, PARTITIONERS, type Partitioner } from '@quicksilver/kafka/partitioner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCli } from '../../run-cli.ts';

/** One prefix for the topics of this run: others are on the same broker. */
const PREFIX = `shop-${randomUUID().slice(0, 8)}`;
const PARTITIONS = 5;
const RUN_MS = 60_000;

const kafka = createKafkaClient('platformatic', {
  bootstrapServers: [testBroker().bootstrapServer],
  clientId: 'topic-commands-test',
  requestTimeoutMs: 30_000,
  decompressedBytesMax: 67_108_864,
});
const admin = kafka.admin();
let bench: CliBench;

const quick = (line: string) => bench.quick(line);
const json = async (line: string): Promise<Record<string, unknown>[]> =>
  JSON.parse((await quick(line)).stdout) as Record<string, unknown>[];

async function create(name: string, partitions = PARTITIONS): Promise<string> {
  const topic = `${PREFIX}.${name}`;
  await admin.create({ topic, partitions, replicationFactor: 1 }, AbortSignal.timeout(RUN_MS));
  return topic;
}

async function write(
  topic: string,
  records: KcatRecords['records'],
  partitioner: Partitioner,
): Promise<void> {
  const { bootstrapServer } = testBroker();
  await kcatProduce({ bootstrapServer, topic, records, partitioner: SETTING[partitioner] });
}

/** The setting of librdkafka; its `murmur2_random` is Java's partitioner. */
const SETTING: Readonly<Record<Partitioner, string>> = {
  murmur2: 'murmur2_random',
  consistent_random: 'consistent_random',
  fnv1a: 'fnv1a_random',
};
const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);

beforeAll(async () => {
  bench = await CliBench.start(runCli);
  for (const partitioner of PARTITIONERS) {
    const topic = await create(partitioner);
    await write(
      topic,
      keys.map((key, at) => [key, `{"id":${at}}`]),
      partitioner,
    );
  }
  await create('empty');
});
afterAll(async () => {
  await admin.close();
  await bench[Symbol.asyncDispose]();
});

test('the topics of the broker are listed with what their records show', async () => {
  const listed = await json(`topic ls --all --match ${PREFIX}.* -o json`);
  expect(listed.map(({ name }) => name)).toEqual(
    ['consistent_random', 'empty', 'fnv1a', 'murmur2'].map((name) => `${PREFIX}.${name}`),
  );
  for (const topic of listed.filter(({ name }) => name !== `${PREFIX}.empty`)) {
    const name = String(topic['name']).slice(PREFIX.length + 1);
    expect(topic).toMatchObject({
      partitions: PARTITIONS,
      offsets: keys.length,
      cleanupPolicy: 'delete',
      key: { format: 'string', records: keys.length },
      value: { format: 'json', records: keys.length },
      partitioner: { partitioner: name, keys: keys.length, misplaced: 0 },
      isRegistered: false,
      mirror: null,
    });
    expect(topic['bytes']).toBeGreaterThan(0);
    expect(topic['recordsPerSecond']).toBeGreaterThan(0);
  }
  const table = await quick(`topic ls --all --match ${PREFIX}.fnv*`);
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toMatch(
    /NAME +PARTITIONS +SIZE +REC\/S +CLEANUP +KEY +VALUE +PARTITIONER +MIRROR/,
  );
  expect(table.stdout).toMatch(
    /fnv1a +5 .* delete +string \(97 %\) +json \(99 %\) +fnv1a \(99 %\) +-/,
  );
});

test('topics are registered as they were detected, once, and Kafka stays as it is', async () => {
  const topic = `${PREFIX}.consistent_random`;
  const before = await admin.describe(topic, AbortSignal.timeout(RUN_MS));
  const dry = await quick(`topic add ${topic} --dry-run`);
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('created: key string') });
  expect((await quick('topic list')).stdout).not.toContain(topic);

  const added = await quick(`topic add ${topic}`);
  expect(added).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') });
  expect(added.stdout).toContain(
    'created: key string (97 %), value json (99 %), partitioner consistent_random (99 %)',
  );
  expect((await quick(`topic add ${topic}`)).stdout).toBe(`topic/${topic} unchanged\n`);
  const [described] = await json(`get topics ${topic} -o json`);
  expect(described).toMatchObject({
    keyType: 'STRING',
    valueType: 'JSON',
    partitioner: 'consistent_random',
    isRegistered: true,
  });
  expect(await admin.describe(topic, AbortSignal.timeout(RUN_MS))).toEqual(before);
  const [listed] = await json(`topic ls --all --match ${topic} -o json`);
  expect(listed).toMatchObject({ isRegistered: true, mirror: expect.any(String) });
  // Kafka has the topic as before also after it was deleted here.
  await quick(`topic delete ${topic}`);
  expect(await admin.describe(topic, AbortSignal.timeout(RUN_MS))).toEqual(before);
});

test('a topic whose format is unknown is refused with the remedy, and the others are registered', async () => {
  const added = await quick(`topic add ${PREFIX}.empty ${PREFIX}.murmur2`);
  expect(added).toMatchObject({ code: 1, stdout: expect.stringContaining('murmur2 created') });
  expect(added.stderr).toContain('so the format of its keys is unknown. Set --key-type');
  expect(
    await quick(`topic add ${PREFIX}.empty --key-type string --value-type json`),
  ).toMatchObject({
    code: 0,
  });
  expect(await quick(`topic add ${PREFIX}.nowhere`)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('does not exist in Kafka'),
  });
  expect(await quick('topic add')).toMatchObject({ code: 2 });
  expect(await quick(`topic add --match ${PREFIX}-x*`)).toMatchObject({ code: 3 });
});

test('a key in another partition makes the partitioner unknown, and the key is not lost', async () => {
  const topic = await create('mixed');
  await write(
    topic,
    keys.map((key) => [key, '{}']),
    'murmur2',
  );
  await write(topic, [['other', '{}']], 'consistent_random');
  expect(partitionBy('murmur2', Buffer.from('other'), PARTITIONS)).not.toBe(
    partitionBy('consistent_random', Buffer.from('other'), PARTITIONS),
  );
  const added = await quick(`topic add ${topic}`);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('partitioner unknown') });
  expect(added.stderr).toContain('Its keys fit no known partitioner');
});

describe('a schema is generated', () => {
  test('with types, joins and what was seen, and passes the lint unchanged', async () => {
    const [customers, orders] = [await create('customers'), await create('orders')];
    const people = Array.from({ length: 12 }, (_, at): [string, string] => [
      `c${at}`,
      JSON.stringify({ customerId: `c${at}`, name: `n${at}`, address: { city: 'Berlin' } }),
    ]);
    await write(customers, people, 'murmur2');
    await write(
      orders,
      Array.from({ length: 20 }, (_, at): [string, string] => [
        `o${at}`,
        JSON.stringify({
          customerId: at === 0 ? 'nobody' : `c${at % 12}`,
          total: at / 2,
          at: 1_764_000_000_000 + at,
          ...(at < 5 ? { 'first-name': null } : {}),
        }),
      ]),
      'murmur2',
    );
    const generated = await quick(`schema generate ${customers} ${orders}`);
    expect(generated).toMatchObject({ code: 0, stderr: '' });
    const sdl = generated.stdout;
    expect(sdl).toContain(`Customer(customerId: String!): `);
    expect(sdl).toContain('"In 20 of 20 records: 20 different values."\n  at: Long\n');
    expect(sdl).toContain('total: Float\n');
    expect(sdl).toContain(
      '"In 5 of 20 records, null in 5: only null."\n  first_name: JSON @field(name: "first-name")',
    );
    expect(sdl).toContain(
      `"12 of 13 values of customerId are keys in all records of ${customers}."`,
    );
    expect(sdl).toMatch(
      new RegExp(`customer: \\w+Customer @topic\\(name: "${customers}", keyField: "customerId"\\)`),
    );
    await quick(`topic add ${customers} ${orders}`);
    expect(await bench.quick('gateway lint -f - --live', { stdin: sdl })).toMatchObject({
      code: 0,
      stderr: '',
    });
    // For the registered topics it is the same schema, with the types of the registration.
    const again = await quick('schema generate');
    expect(again.stdout).toContain('registered. Seen: all 20 records.');
    expect(await bench.quick('gateway lint -f - --live', { stdin: again.stdout })).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('and a project is written that applies as it is', async () => {
    const items = await create('items');
    await write(
      items,
      [
        ['i1', '{"name":"tea"}'],
        ['i2', '{"name":"pot"}'],
      ],
      'murmur2',
    );
    expect(await quick(`init fresh --from-topics ${items}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('fresh/quick.yaml created'),
      stderr: expect.stringContaining('cd fresh && quick apply'),
    });
    const files = ['-f', 'fresh/quick.yaml'];
    const applied = await bench.quick(['apply', ...files]);
    expect(applied).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('gateway/fresh created'),
    });
    expect(applied.stderr).not.toContain('Warning');
    expect((await bench.quick(['diff', ...files])).code).toBe(0);
    await bench.quick(['delete', ...files, '--yes']);
    expect(await admin.describe(items, AbortSignal.timeout(RUN_MS))).toBeDefined();
  });

  test('or the command says why not', async () => {
    const empty = await create('nothing');
    expect(await quick(`schema generate ${empty}`)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('its types are unknown'),
    });
    expect(await quick(`schema generate ${PREFIX}.missing`)).toMatchObject({ code: 3 });
  });
});
