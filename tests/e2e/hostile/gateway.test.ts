import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { readMetric } from '@quicksilver/testkit/read-metric';
import { oneOf, randomFrom } from '@quicksilver/testkit/seeded-random';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, onTestFailed, test } from 'vitest';

import { BrokenRestServer } from './broken-rest-server.ts';
import {
  brokenRecord,
  brokenSchema,
  KEYS,
  someKey,
  type BrokenTopics,
  type Random,
} from './broken-records.ts';
import { runLeavingClient } from './leaving-client.ts';
import { RandomOperations } from './random-operation.ts';

const CLIENTS = 300;
const AT_A_TIME = 8;
const LIMITS = {
  QUICK_QUERY_ALIASES_MAX: '10000',
  QUICK_QUERY_COST_MAX: '1000000000',
  QUICK_QUERY_DEPTH_MAX: '20',
  QUICK_QUERY_TOKENS_MAX: '100000',
  QUICK_REST_TIMEOUT_MS: '500',
  QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX: '10000',
};

test('I-G6: 300 clients that leave at any time, with random operations over records that break their types, leave every process as it was', async () => {
  const seed = Date.now() % 2 ** 31;
  onTestFailed(() => void process.stderr.write(`seed ${seed}\n`));
  const random = randomFrom(seed);
  await using rest = await BrokenRestServer.start(random);
  const topics: BrokenTopics = {
    nodes: uniqueTopic('nodes'),
    pets: uniqueTopic('pets'),
    versions: uniqueTopic('versions'),
  };
  const schema = brokenSchema(topics, rest.host);
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: Object.values(topics).map((name) => ({
      name,
      configs: { 'cleanup.policy': 'delete' },
      ...(name === topics.versions ? { mirror: { rangeField: 'at' } } : {}),
    })),
    mirrors: [{ topics: Object.values(topics), replicas: 2 }],
    schema,
    env: { gateway: { ...LIMITS, QUICK_REST_ALLOWED_HOSTS: rest.host } },
  });
  const services = [network.gateway, network.ingest, ...network.mirrors(topics.nodes)];
  const pids = services.map(({ pid }) => pid);
  for (const topic of Object.keys(topics) as (keyof BrokenTopics)[]) {
    for (const key of KEYS) {
      await writeBroken(network, { topic, name: topics[topic], key, random });
    }
  }

  const operations = new RandomOperations(schema, random);
  let left = CLIENTS;
  const { address } = network.gateway;
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      while (left > 0) {
        left -= 1;
        if (random() < 0.3) {
          const topic = oneOf(random, Object.keys(topics) as (keyof BrokenTopics)[]);
          await writeBroken(network, { topic, name: topics[topic], key: someKey(random), random });
        }
        await runLeavingClient({ address, operations, random });
      }
    }),
  );

  await eventually(async () => {
    expect(await readMetric(network.gateway, 'gateway_websockets')).toBe(0);
  });
  const health = await call(`http://${address}/graphql`, { json: { query: '{ __typename }' } });
  expect(health.text).toBe('{"data":{"__typename":"Query"}}');
  expect(services.map(({ pid }) => pid)).toEqual(pids);
  for (const service of services) {
    const count = await readMetric(service, 'unhandled_rejections_total');
    expect({ service: service.name, count }).toEqual({ service: service.name, count: 0 });
  }
});

interface BrokenWrite {
  readonly topic: keyof BrokenTopics;
  readonly name: string;
  readonly key: string;
  readonly random: Random;
}

async function writeBroken(network: TestNetwork, write: BrokenWrite): Promise<void> {
  const { topic, name, key, random } = write;
  if (random() < 0.05) {
    await network.remove(name, key);
    return;
  }
  const answer = await network.postBytes(
    name,
    `{"key":${JSON.stringify(key)},"value":${brokenRecord(random, topic)}}`,
    { 'content-type': 'application/json' },
  );
  expect([200, 201, 400, 422]).toContain(answer.status);
}
