import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CliBench } from '@quicksilver/testkit/cli-bench';
import { eventually } from '@quicksilver/testkit/eventually';
import type { CliOutcome } from '@quicksilver/testkit/cli-run';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { runCli } from '../run-cli.ts';

const KEY = `key-${randomUUID()}`;
const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;
const SCHEMA = `type Query { a: [Int] @topic(name: "a") }
# the last line
type Product {
  id: Int
}
`;

let bench: CliBench;
beforeAll(async () => {
  bench = await CliBench.start(runCli, {
    env: {
      QUICK_API_KEYS: KEY,
      QUICK_PEER_KEY: `peer-${randomUUID()}`,
      QUICK_REST_ALLOWED_HOSTS: 'api.example.com',
    },
  });
  await writeFile(join(bench.home, 's.graphql'), SCHEMA);
});
afterAll(() => bench[Symbol.asyncDispose]());

const quick: CliBench['quick'] = (line, around) =>
  bench.quick(line, { ...around, env: { QUICK_APIKEY: KEY, ...around?.env } });
const ok = (stdout: string): CliOutcome => ({ code: 0, stdout, stderr: '' });
const json = async (line: string): Promise<unknown> => JSON.parse((await quick(line)).stdout);

describe('the commands of quick-cli 0.8.0 print the same texts', () => {
  test('for gateways, and for topics with a type of a gateway', async () => {
    const [shop, topic] = [unique('shop'), unique('products')];
    expect(await quick(`gateway create ${shop} --replicas 2 --tag 1 -s s.graphql`)).toEqual(
      ok(`Create gateway ${shop} (this may take a few seconds)\n`),
    );
    expect(await quick('gateway list')).toEqual(ok(`${shop}\n`));
    expect(await quick(`gateway describe ${shop}`)).toEqual(
      ok(`Name: ${shop}\nReplicas: 2\nTag: 1\n`),
    );
    const type = 'type Product {\n  id: Int\n}\n';
    expect(await quick(`gateway schema ${shop} Product`)).toEqual(ok(type));
    expect(await quick(`gateway apply ${shop} -f -`, { stdin: SCHEMA })).toEqual(
      ok(`Applied schema to gateway ${shop}\n`),
    );
    expect(
      await quick(`topic create ${topic} -k INT -v schema -s ${shop}.Product --immutable`),
    ).toEqual(ok(`Created new topic ${topic}\n`));
    expect(await quick('topic list')).toEqual(ok(`${topic}\n`));
    expect(await quick(`topic describe ${topic}`)).toEqual(
      ok(
        `Name: ${topic}\nKey Type: INTEGER\nValue Type: SCHEMA\nWrite Type: IMMUTABLE\nSchema:\n${type}`,
      ),
    );
    expect(await quick(`gateway delete ${shop}`)).toEqual(ok(`Deleted gateway ${shop}\n`));
    expect(await quick(`topic delete ${topic} --debug`)).toMatchObject({
      code: 0,
      stdout: `Deleted topic ${topic}\n`,
    });
  });

  test('for mirrors and applications', async () => {
    const [topic, app] = [unique('t'), unique('a')];
    await quick(`topic create ${topic} -k string -v json`);
    expect(await quick(`mirror delete ${topic}`)).toEqual(ok(`Deleted mirror ${topic}\n`));
    expect(await quick(`mirror create ${topic} --replicas 2 --range-field ts`)).toEqual(
      ok(`Create mirror for topic ${topic} (this may take a few seconds)\n`),
    );
    expect(await json(`describe mirror ${topic} -o json`)).toMatchObject({
      topicName: topic,
      replicas: 2,
      mirrorArguments: { rangeField: 'ts' },
    });
    expect(
      await quick(`app deploy ${app} --registry r --image i --tag 1 --args in=x out=y=z --port 80`),
    ).toEqual(ok(`Deployed application ${app}\n`));
    expect(await json(`describe app ${app} -o json`)).toMatchObject({
      registry: 'r',
      imageName: 'i',
      tag: '1',
      replicas: 1,
      port: 80,
      arguments: { in: 'x', out: 'y=z' },
    });
    expect(await quick(`app delete ${app}`)).toEqual(ok(`Deleted application ${app}\n`));
    await quick(`topic delete ${topic}`);
  });
});

test('errors of the manager have a remedy and the exit code of their kind', async () => {
  const [shop, topic] = [unique('shop'), unique('t')];
  expect(await quick('topic list', { env: { QUICK_APIKEY: 'wrong' } })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('Unauthorized.\n Your API key is invalid.'),
  });
  expect(await quick('gateway describe x')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('There is no gateway x created. Please create one using'),
  });
  await quick(`topic create ${topic} -k string -v json`);
  const schema = `type Query { a(id: String!): String @topic(name: "${topic}", keyArgument: "id") }`;
  await quick(`gateway create ${shop} -s -`, { stdin: schema });
  const { code, stderr } = await quick(`delete topic ${topic} --yes -o json`);
  expect([code, JSON.parse(stderr)]).toMatchObject([4, { code: 'IN_USE' }]);
  expect(stderr).toContain(`"message":"Conflict: Topic ${topic} is used by the schema of ${shop}.`);
  expect(await quick(`delete topic ${topic} --yes --force`)).toEqual({
    ...ok(`topic/${topic} deleted\n`),
    stderr: `Deployment: ${bench.url}/manager\n`,
  });
  await quick(`delete gw ${shop}`);
});

test('get lists resources in every format, and watches them', async () => {
  const shop = unique('shop');
  await quick(`gateway create ${shop} -s s.graphql`);
  const column = 'NAME'.padEnd(shop.length);
  expect((await quick('get gw')).stdout).toBe(
    `${column}   REPLICAS   STATE\n${shop}   1          Running\n`,
  );
  expect((await quick('get gateways -o name')).stdout).toBe(`gateway/${shop}\n`);
  expect(await json(`get gw ${shop} -o json`)).toMatchObject([{ name: shop }]);
  expect((await quick('get gw -o help')).stdout).toContain('REPLICAS');
  expect((await quick('get')).stdout).toContain(`gateway/${shop}   Running`);
  expect((await quick(`get gw ${shop.replace('shop', 'shp')}`)).stderr).toContain(
    `Did you mean "${shop}"?`,
  );
  expect(await quick('get -w -o json', { endAt: '"state":"Running"' })).toMatchObject({
    code: 130,
  });
  expect((await quick(`describe gw/${shop}`)).stdout).toContain('state: Running');
  expect((await quick(`logs gw ${shop} --lines 2`)).stdout).toBe(
    `gateway/${shop} replica 0 line 0\ngateway/${shop} replica 0 line 1\n`,
  );
  await quick(`delete gw ${shop}`);
});

test('the wide list of topics has their partitions, copies and cleanup policy', async () => {
  const topic = unique('t');
  await quick(`topic create ${topic} -k string -v json`);
  const [head = '', row = ''] = (await quick(`get topic ${topic} -o wide`)).stdout.split('\n');
  expect(head.split(/ +/)).toEqual(
    expect.arrayContaining(['WRITE', 'PARTITIONS', 'PARTITIONER', 'REPLICATION', 'CLEANUP']),
  );
  expect(row).toMatch(/ MUTABLE +3 +- +1 +compact +Running/);
  expect((await quick(`get topic ${topic}`)).stdout).not.toContain('PARTITIONS');
  await quick(`topic delete ${topic}`);
});

test('a mirror is described with what its replicas report', async () => {
  const topic = unique('t');
  await quick(`topic create ${topic} -k string -v json`);
  await eventually(async () => {
    expect(await json(`describe mirror ${topic} -o json`)).toMatchObject({
      report: { servingPartitions: 3, lagRecords: '0' },
    });
  });
  await quick(`topic delete ${topic}`);
});

test('records that a mirror skipped are a warning, and a list, behind the edge', async () => {
  const topic = unique('orders');
  await quick(`topic create ${topic} -k string -v json`);
  expect((await quick(`mirror poison ${topic}`)).stdout).toBe(
    'PARTITION   OFFSET   TIME   REASON\n',
  );
  const record = { topic, partition: 1, key: null, value: 'e30=' };
  const detail = 'The record has a value but no key.';
  bench.bench.poison.push(
    { ...record, offset: '41', timestamp: null, reason: 'NULL_KEY', detail },
    { ...record, offset: '42', timestamp: 1_000, reason: 'NULL_KEY', detail },
  );
  const warning = `Skipped 2 records of topic ${topic}, so lookups lack them. The latest is at offset 42 of partition 1: NULL_KEY, ${detail}`;
  await eventually(async () => {
    expect((await quick(`describe mirror ${topic}`)).stdout.replaceAll(/\s+/g, ' ')).toContain(
      warning,
    );
  });
  for (const line of ['get', 'get mirrors', `get mirror ${topic} -o wide`]) {
    expect((await quick(line)).stderr).toContain(`Warning: mirror/${topic}: ${warning}`);
  }
  expect((await quick('get mirrors -o json')).stderr).toBe('');
  expect(await quick(`mirror poison ${topic}`)).toEqual(
    ok(
      `PARTITION   OFFSET   TIME                       REASON
1           41       -                          NULL_KEY
1           42       1970-01-01T00:00:01.000Z   NULL_KEY
`,
    ),
  );
  expect(await json(`mirror poison ${topic} -o json`)).toMatchObject([
    { offset: '41' },
    { detail },
  ]);
  expect(await quick('mirror poison unknown')).toMatchObject({ code: 3 });
  expect(await quick('mirror poison retry unknown')).toMatchObject({ code: 3 });
  expect(await quick(`mirror poison retry ${topic}`)).toEqual(
    ok('Records that are read now: 2. Records that still cannot be read: 0.\n'),
  );
  expect((await quick(`mirror poison ${topic} -o json`)).stdout).toBe('[]\n');
  await quick(`topic delete ${topic}`);
});

test('lint compares a schema with the topics of the deployment', async () => {
  const topic = unique('products');
  const schema = `type Query {
    product(id: Long!): Int @topic(name: "${topic}", keyArgument: "id")
  }`;
  await writeFile(join(bench.home, 'lint.graphql'), schema);
  const lint = (): Promise<CliOutcome> => quick('gateway lint -f lint.graphql --live');
  expect(await lint()).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`Warning: topic ${topic} does not exist yet`) as unknown,
  });
  expect(await quick(`topic create ${topic} -k string -v int`)).toMatchObject({ code: 0 });
  expect(await lint()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      `lint.graphql:2:29: Query.product takes a key of type Long, but topic ${topic} has keys of type STRING. Use String or ID.`,
    ) as unknown,
  });
});

test('lint compares ranges and the hosts of @rest with the deployment', async () => {
  const topic = unique('prices');
  const write = (bound: string, host: string): Promise<void> =>
    writeFile(
      join(bench.home, 'lint.graphql'),
      `type Query {
        prices(id: ID!, from: ${bound}, to: ${bound}): [Price]
          @topic(name: "${topic}", keyArgument: "id", rangeFrom: "from", rangeTo: "to")
        price(id: ID!): Price @rest(url: "http://${host}/", pathParameter: ["id"])
      }
      type Price { at: DateTime }`,
    );
  const lint = (): Promise<CliOutcome> => quick('gateway lint -f lint.graphql --live');
  const failure = (text: string) => ({
    code: 1,
    stderr: expect.stringContaining(text) as unknown,
  });
  expect(await quick(`topic create ${topic} -k string -v json`)).toMatchObject({ code: 0 });
  await write('DateTime', 'api.example.com');
  expect(await lint()).toMatchObject(
    failure(`the mirror of topic ${topic} has no range index. Add a range field to the mirror.`),
  );
  const mirror = `apiVersion: quicksilver/v1
kind: Mirror
metadata: {name: ${topic}}
spec: {rangeField: at, rangeType: timestamp}`;
  expect(await quick('apply -f -', { stdin: mirror })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(
      `Topic ${topic} has cleanup.policy=compact, so Kafka drops older versions of a key`,
    ) as unknown,
  });
  expect(await lint()).toEqual({
    code: 0,
    stderr: '',
    stdout:
      'lint.graphql: no errors; 1 fields with @topic, compared with the topics of the deployment\n',
  });
  await write('Float', 'api.example.com');
  expect(await lint()).toMatchObject(
    failure(
      `Query.prices takes bounds of type Float, but the range field of topic ${topic} is of type timestamp`,
    ),
  );
  // The manager warns of the same mistake.
  const gateway = `apiVersion: quicksilver/v1
kind: Gateway
metadata: {name: ${unique('ranges')}}
spec: {schema: lint.graphql}`;
  expect(await quick('apply -f -', { stdin: gateway })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Query.prices takes bounds of type Float') as unknown,
  });
  await write('DateTime', '169.254.169.254');
  expect(await lint()).toMatchObject(
    failure(
      'lint.graphql:4:37: @rest may not fetch from 169.254.169.254:80, which is not among the hosts of QUICK_REST_ALLOWED_HOSTS.',
    ),
  );
});
