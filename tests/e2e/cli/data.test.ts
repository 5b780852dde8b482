import { tmpdir } from 'node:os';

import { runCli } from '@quicksilver/cli/run/run-cli';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { runCommand, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { ContractManager } from '@quicksilver/testkit/contract-manager';
import { eventually } from '@quicksilver/testkit/eventually';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, expect, test } from 'vitest';

const topic = uniqueTopic('products');
const SCHEMA = `type Query { product(id: Long!): Product @topic(name: "${topic}", keyArgument: "id") }
type Product { id: Long! name: String }`;
const VISIBLE_MS = 10_000;

let network: TestNetwork;
let manager: ContractManager;

beforeAll(async () => {
  const broker = testBroker();
  network = await TestNetwork.start({
    broker,
    topics: [{ name: topic, keyType: 'LONG', valueType: 'JSON' }],
    schema: SCHEMA,
  });
  manager = await ContractManager.start();
  manager.things.set(`topic/${topic}`, {
    version: 1,
    spec: { keyType: 'LONG', valueType: 'JSON' },
  });
});

afterAll(async () => {
  await manager?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
});

async function quick(argv: readonly string[], stdin?: string): Promise<CliOutcome> {
  const overrides = [
    `host=${manager.url}`,
    `ingest=${network.ingest.url}`,
    `gateway=${network.gateway.url}`,
    `brokers=${network.broker.bootstrapServer}`,
  ].flatMap((entry) => ['-X', entry]);
  const around = { home: tmpdir(), ...(stdin === undefined ? {} : { stdin }) };
  return await runCommand(runCli, [...argv, ...overrides], around);
}

test('what is produced is queried, followed and deleted, with every digit of its key', async () => {
  const key = '9007199254740993';
  const value = `{"id":${key},"name":"tea"}`;
  expect(await quick(['produce', topic, '-k', key, '--value', value])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^topic/${topic} partition \\d offset 0\\n$`)),
  });
  const lines = '{"key":1,"value":{"id":1,"name":"milk"}}\n{"key":"x","value":{}}\n';
  expect(await quick(['produce', topic, '-f', '-'], lines)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`1 records written to topic/${topic}, 1 failed.`),
  });
  const query = ['query', 'shop', `query($id: Long!) { product(id: $id) { id name } }`];
  const asked = async () => await quick([...query, '--variables', `{"id":${key}}`, '-o', 'jsonl']);
  await eventually(async () => {
    expect(await asked()).toEqual({
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

test('wrong questions end with 1 and say why', async () => {
  const wrong = await quick(['query', 'shop', '{ nothing }']);
  expect(wrong).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing') });
  expect(
    (await quick(['tail', 'no-such-topic', '--key-type', 'json', '--value-type', 'json'])).code,
  ).toBe(3);
});
