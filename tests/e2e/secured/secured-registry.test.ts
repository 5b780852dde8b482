import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { keyPath } from '@quicksilver/contracts/mirror-api/contract';
import { testBroker, uniqueTopic } from '@quicksilver/testkit/broker';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import {
  REGISTRY_TOKEN,
  REGISTRY_USER,
  RegistryFront,
} from '@quicksilver/testkit/registry/registry-front';
import { ServiceProcess } from '@quicksilver/testkit/service-process';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { expect, test } from 'vitest';

const SEEN_MS = 90_000;
const ORDER = { type: 'record', name: 'Order', fields: [{ name: 'total', type: 'long' }] };

test('the data path uses a real registry over TLS with a user, a bearer token or a client certificate', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'quicksilver-secured-registry-'));
  await using registry = await OwnSchemaRegistry.start();
  await using front = await RegistryFront.start(registry.url, dir.path);
  const topic = uniqueTopic('secured-registry');
  await registry.register(`${topic}-value`, ORDER);
  const tokenFile = join(dir.path, 'token');
  await writeFile(tokenFile, `${REGISTRY_TOKEN}\n`);
  const env = {
    QUICK_KAFKA_SCHEMA_REGISTRY_URL: front.url,
    QUICK_SCHEMA_REGISTRY_SSL_TRUSTSTORE_LOCATION: front.caFile,
  };
  let topicRegistry = '';
  await using network = await TestNetwork.start({
    broker: testBroker(),
    topics: [{ name: topic, valueType: 'AVRO' }],
    beforeStart: async (name) => {
      topicRegistry = name;
    },
    env: {
      ingest: { ...env, QUICK_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: REGISTRY_USER },
      mirror: { ...env, QUICK_SCHEMA_REGISTRY_BEARER_AUTH_TOKEN_FILE: tokenFile },
    },
  });
  const written = await network.post(topic, { key: 'a', value: { total: 7 } });
  expect([written.status, written.text]).toEqual([201, expect.anything()]);
  await using certified = new ServiceProcess({
    name: 'certified-mirror',
    kind: 'mirror',
    env: {
      ...env,
      QUICK_SCHEMA_REGISTRY_SSL_KEYSTORE_LOCATION: front.keystore,
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: topicRegistry,
      QUICK_MIRROR_TOPICS: topic,
      QUICK_DATA_DIR: join(dir.path, 'certified'),
    },
    logFile: join(dir.path, 'certified.log'),
  });
  await certified.start();
  const mirrors = [network.mirror(topic), certified];
  for (const { url } of mirrors) {
    await eventually(async () => {
      const { status, text } = await call(`${url}${keyPath(topic, 'a')}`);
      expect([status, text]).toEqual([200, '{"total":7}']);
    }, SEEN_MS);
  }
  expect([...front.accepted].toSorted()).toEqual(['basic', 'bearer', 'certificate']);
  for (const { logFile } of [network.ingest, ...mirrors]) {
    expect(await readFile(logFile, 'utf8')).not.toContain('a-canary');
  }
});
