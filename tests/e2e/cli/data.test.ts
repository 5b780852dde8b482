import { randomUUID } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kafkaClientFor } from '@quicksilver/cli/context/kafka-client-for';
import { runCli } from '@quicksilver/cli/run-cli';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { runCommand, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const topic = uniqueTopic('products');
const texts = uniqueTopic('texts');
const PROJECT = `version: 1
name: shop
topics:
  ${topic}: {key: long, value: json}
  ${texts}: {key: string, value: json}
gateways:
  shop: {schema: shop.graphql}
`;
const SCHEMA = `type Query { product(id: Long!): Product @topic(name: "${topic}", keyArgument: "id") }
type Product { id: Long! name: String }`;
const VISIBLE_MS = 90_000;

let network: ManagedNetwork;
let url = '';
let home: Awaited<ReturnType<typeof mkdtempDisposable>>;

beforeAll(async () => {
  home = await mkdtempDisposable(join(tmpdir(), 'quicksilver-data-'));
  await writeFile(join(home.path, 'quick.yaml'), PROJECT);
  await writeFile(join(home.path, 'shop.graphql'), SCHEMA);
  network = await ManagedNetwork.start({ needsKey: true });
  ({ url } = await network.startEdge());
  const applied = await quick(['apply']);
  if (applied.code !== 0) {
    throw new Error(applied.stderr);
  }
});
beforeEach(() => network.watch());

afterAll(async () => {
  await quick(['delete', '-f', 'quick.yaml', '--yes']);
  await network[Symbol.asyncDispose]();
  await home.remove();
});

async function quick(argv: readonly string[], stdin = ''): Promise<CliOutcome> {
  const env = {
    QUICK_URL: url,
    QUICK_APIKEY: network.apiKey,
    QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
  };
  return await runCommand(runCli, argv, { home: home.path, env, stdin });
}

test('records can be produced, queried, followed and deleted, with all digits of their keys', async () => {
  const key = '9007199254740993';
  const value = `{"id":${key},"name":"tea"}`;
  // Ingest may not have read the registration of the topic yet.
  await eventually(async () => {
    expect(await quick(['produce', topic, '-k', key, '--value', value])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^topic/${topic} partition \\d offset 0\\n$`)),
    });
  }, VISIBLE_MS);
  const lines = '{"key":1,"value":{"id":1,"name":"milk"}}\n{"key":"x","value":{}}\n';
  expect(await quick(['produce', topic, '-f', '-'], lines)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`1 records written to topic/${topic}, 1 failed.`),
  });
  const query = ['query', 'shop', `query($id: Long!) { product(id: $id) { id name } }`];
  const runQuery = async () =>
    await quick([...query, '--variables', `{"id":${key}}`, '-o', 'jsonl']);
  await eventually(async () => {
    expect(await runQuery()).toEqual({
      code: 0,
      stdout: `{"data":{"product":${value}}}\n`,
      stderr: '',
    });
  }, VISIBLE_MS);
  expect((await quick(['produce', topic, '-k', '1', '--delete'])).code).toBe(0);
  const tailed = await quick(['tail', topic, '--from', 'beginning', '--no-follow', '-o', 'jsonl']);
  const records = tailed.stdout.trim().split('\n');
  expect(records).toHaveLength(3);
  expect(records.some((line) => line.includes(`"key":${key},"value":${value}`))).toBe(true);
  expect(records.filter((line) => line.includes('"key":1,"value":null'))).toHaveLength(1);
  expect((await quick(['tail', topic, '--from', 'beginning', '--limit', '1'])).stdout).toMatch(
    /^\d:0 {3}\d+ {3}\{.*\}\n$/,
  );
});

test('a key of a topic of strings needs no quotes, and a value that is no JSON is rejected', async () => {
  await eventually(async () => {
    expect(await quick(['produce', texts, '-k', '1', '--value', '{"n":1}'])).toMatchObject({
      code: 0,
    });
  }, VISIBLE_MS);
  const tailed = await quick(['tail', texts, '--from', 'beginning', '--no-follow', '-o', 'jsonl']);
  expect(tailed.stdout).toContain('"key":"1","value":{"n":1}');
  expect(await quick(['produce', texts, '-k', '1', '--value', 'tea'])).toMatchObject({ code: 2 });
  expect((await quick(['tail', texts, '-X', 'brokers='])).stderr).toContain('-X brokers=');
});

test('a topic is shown as a table of its latest values, and one key by itself', async () => {
  await eventually(async () => {
    expect(
      await quick(['produce', texts, '-k', 'a/b', '--value', '{"n":12345678901234567890}']),
    ).toMatchObject({
      code: 0,
    });
    const listed = await quick(['ls', texts]);
    expect(listed.stdout).toMatch(/^KEY {3}/);
    expect(listed.stdout).toContain('a/b   {"n":12345678901234567890}');
  }, VISIBLE_MS);
  expect(await quick(['get-key', texts, 'a/b', '-o', 'jsonl'])).toMatchObject({
    code: 0,
    stdout: '{"n":12345678901234567890}\n',
  });
  expect((await quick(['get-key', texts, 'nothing'])).code).toBe(3);
  expect((await quick(['get-key', texts, '..'])).code).toBe(3);
  expect(await quick(['produce', texts, '-k', '..', '--value', '1'])).toMatchObject({ code: 0 });
  await eventually(async () => {
    expect(await quick(['get-key', texts, '..'])).toMatchObject({ code: 0, stdout: '1\n' });
  }, VISIBLE_MS);
  const tail = ['tail', texts, '--no-follow', '-o', 'jsonl'];
  const filtered = await quick([...tail, '--from', 'beginning', '--key', 'a/b']);
  expect(
    filtered.stdout
      .trim()
      .split('\n')
      .every((line) => line.includes('"key":"a/b"')),
  ).toBe(true);
  expect(filtered.stdout).not.toBe('');
  expect((await quick([...tail, '--from', '2100-01-01'])).stdout).toBe('');
  expect((await quick([...tail, '--from', '0'])).stdout).toContain('"key":"a/b"');
});

test('the formats of a topic that is not registered are detected', async () => {
  const topic = uniqueTopic('unregistered');
  const { bootstrapServer } = testBroker();
  const kafka = kafkaClientFor({ kafkaClient: 'platformatic', security: undefined }, [
    bootstrapServer,
  ]);
  const [admin, sink] = [kafka.admin(), kafka.sink()];
  await admin.create(
    { topic, partitions: 1, replicationFactor: 1 },
    AbortSignal.timeout(VISIBLE_MS),
  );
  const headers: [string, Buffer][] = [['type', Buffer.from('order')]];
  const records = [
    { key: Buffer.from([0, 0, 0, 7]), value: Buffer.from('{"n": 1}'), headers },
    { key: Buffer.from([0, 0, 0, 8]), value: Buffer.from('{"n": 2}') },
  ];
  expect(await sink.produce([{ topic, partition: 0, records }], VISIBLE_MS)).toMatchObject([
    { ok: true },
  ]);
  await Promise.all([admin.close(), sink.close()]);
  const tailed = await quick(['tail', topic, '--from', 'beginning', '--no-follow', '-o', 'jsonl']);
  expect(tailed.stdout).toContain('"key":7,"value":{"n": 1}');
  expect(tailed.stderr).toContain('is not registered, so its formats are detected');
  expect(tailed.stdout).toContain('"value":{"n": 1},"headers":[{"key":"type","value":"order"}]}\n');
  const filtered = async (...flags: readonly string[]): Promise<string> => {
    const { stdout } = await quick(['tail', topic, '--from', '0', '--no-follow', ...flags]);
    return stdout;
  };
  const [first, second] = ['0:0   7   {"n": 1}', '0:1   8   {"n": 2}\n'];
  expect(await filtered('--headers')).toBe(`${first}   type="order"\n${second}`);
  expect(await filtered('--header', 'type=order')).toBe(`${first}\n`);
  expect(await filtered('--where', 'n=2')).toBe(second);
  expect(await filtered('--contains', '"n": 1')).toBe(`${first}\n`);
  expect(await quick(['tail', topic, '--where', 'n'])).toMatchObject({ code: 2 });
});

// Their names are segments of paths, and of files.
test.each([
  ['dots', `..${randomUUID()}..`],
  ['a dash and an underscore', `-_${randomUUID()}`],
  ['249 characters', randomUUID().padEnd(249, 'x')],
])('a topic whose name has %s is written, looked up and described', async (_what, name) => {
  const run = async (...argv: readonly string[]): Promise<string> => {
    const outcome = await quick([...argv, '--', name]);
    expect(outcome, argv.join(' ')).toMatchObject({ code: 0 });
    return outcome.stdout;
  };
  expect(await run('topic', 'create', '-k', 'string', '-v', 'json')).toContain(name);
  await eventually(async () => {
    const written = await quick(['produce', '-k', 'a', '--value', '1', '--', name]);
    expect(written).toMatchObject({ code: 0 });
    expect((await quick(['get-key', '--', name, 'a'])).stdout).toBe('1\n');
  }, VISIBLE_MS);
  expect(await run('ls')).toBe('KEY   VALUE\na     1\n');
  expect(await run('tail', '--from', 'beginning', '--no-follow', '--limit', '1')).toContain('1\n');
  await eventually(async () => {
    const described = await quick(['describe', '-o', 'json', '--', 'mirror', name]);
    expect(JSON.parse(described.stdout)).toMatchObject({ topicName: name, report: { keys: 1 } });
  }, VISIBLE_MS);
  await run('topic', 'delete');
});

test('invalid operations end with exit code 1 and a reason', async () => {
  const wrong = await quick(['query', 'shop', '{ nothing }']);
  expect(wrong).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing') });
  expect((await quick(['tail', 'no-such-topic'])).code).toBe(3);
});
