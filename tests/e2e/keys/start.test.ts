import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testBroker } from '@quicksilver/testkit/broker';
import { ServiceProcess, type ServiceKind } from '@quicksilver/testkit/service-process';
import { afterAll, beforeAll, expect, test } from 'vitest';

const newKey = (): string => randomBytes(32).toString('hex');
const SCHEMA = 'type Query { item(id: ID): String @topic(name: "t", keyArgument: "id") }';
const KINDS: readonly ServiceKind[] = ['ingest', 'mirror', 'gateway'];

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'quicksilver-start-'));
  await writeFile(join(directory, 'schema.graphql'), SCHEMA);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function service(kind: ServiceKind, env: Readonly<Record<string, string>>): ServiceProcess {
  return new ServiceProcess({
    name: kind,
    kind,
    logFile: join(directory, `${kind}.log`),
    env: {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_MIRROR_TOPICS: 't',
      QUICK_DATA_DIR: join(directory, 'data'),
      QUICK_SCHEMA_PATH: join(directory, 'schema.graphql'),
      ...env,
    },
  });
}

/** What it said before it ended with exit code 1. */
async function refusalOf(kind: ServiceKind, env: Readonly<Record<string, string>>) {
  await using process = service(kind, env);
  await expect(process.start(false)).rejects.toThrow('exit code 1');
  return process.tail();
}

test.each(KINDS)('%s does not listen beyond loopback without a key', async (kind) => {
  for (const host of ['0.0.0.0', '::']) {
    const said = await refusalOf(kind, { QUICK_HOST: host });
    expect(said).toContain('No key is set, so this process may listen on loopback only');
    expect(said).toContain(`QUICK_HOST is ${host}`);
    expect(said).toContain('Set QUICK_API_KEYS_FILE or QUICK_API_KEYS');
  }
});

test.each(KINDS)('%s does not start with a key that everybody knows', async (kind) => {
  const said = await refusalOf(kind, { QUICK_APIKEY: 'none', QUICK_PEER_KEY: newKey() });
  expect(said).toContain('QUICK_APIKEY: the key is a placeholder');
});

test('a gateway with keys of users and none of the services does not start', async () => {
  expect(await refusalOf('gateway', { QUICK_APIKEY: newKey() })).toContain(
    'QUICK_PEER_KEY is required if keys or tokens are set',
  );
});

test('without a key a service on loopback starts, and says once that anybody may use it', async () => {
  await using ingest = service('ingest', {});
  await ingest.start(false);
  expect(ingest.tail().match(/every program on this machine may use this service/g)).toHaveLength(
    1,
  );
});
