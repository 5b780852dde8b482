import { readdir, readFile } from 'node:fs/promises';

import { runCli } from '@quicksilver/cli/run-cli';
import { testBroker } from '@quicksilver/testkit/broker';
import { runCommand, type CliOutcome } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { call } from '@quicksilver/testkit/http-call';
import { SecureBroker } from '@quicksilver/testkit/kafka/secure-broker';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { TestNetwork } from '@quicksilver/testkit/test-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { aclCommands, runAcls, scramProperties, writeProperties } from './access.ts';
import { SCHEMA, useDataPath } from './data-path.ts';

type Env = Readonly<Record<string, string>>;

const PASSWORD = 'a-canary-password';
const SEEN_MS = 90_000;
/** The member of the output with the fact and the remedy. */
const FACT = 'found';

let broker: SecureBroker;
beforeAll(async () => {
  broker = await SecureBroker.start();
});
afterAll(() => broker[Symbol.asyncDispose]());

/** `quick doctor` with the variables of a service. */
function doctor(env: Env, ...options: readonly string[]): Promise<CliOutcome> {
  return runCommand(runCli, ['doctor', ...options], { env, home: broker.dir });
}

interface Row {
  readonly check: string;
  readonly result: string;
  /** The fact and the remedy. */
  readonly fact: string;
  readonly commands?: readonly string[];
}

async function kafkaRows(env: Env, ...options: readonly string[]): Promise<readonly Row[]> {
  const { stdout } = await doctor(env, ...options, '-o', 'json');
  const rows = JSON.parse(stdout) as (Omit<Row, 'fact'> & { readonly [FACT]: string })[];
  const facts = rows.map(({ [FACT]: fact, ...row }): Row => ({ ...row, fact }));
  return facts.filter(({ check }) => /^(?:kafka|acls|internal)/.test(check));
}

async function printedAcls(env: Env, ...options: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr, code } = await doctor(env, '--acls', ...options);
  expect([code, stderr]).toEqual([0, '']);
  return aclCommands(stdout);
}

interface Access {
  readonly server: string;
  readonly env: Env;
}

async function scramAccess(user: string): Promise<Access> {
  const properties = await scramProperties(broker, user, PASSWORD);
  const path = await writeProperties(broker, `${user}.properties`, properties);
  return { server: broker.bootstrapServer, env: { QUICK_KAFKA_CONFIG: path } };
}

async function certificateAccess(user: string, validDays?: number): Promise<Access> {
  const days = validDays === undefined ? {} : { validDays };
  return {
    server: broker.certificateServer,
    env: {
      QUICK_KAFKA_SECURITY_PROTOCOL: 'SSL',
      QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: broker.caFile,
      QUICK_KAFKA_SSL_KEYSTORE_LOCATION: await broker.writeKeystore(`${user}.pem`, {
        name: user,
        ...days,
      }),
    },
  };
}

/** The command lines of all processes of this machine. */
async function commandLines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}

describe.each([
  ['SASL_SSL with SCRAM', 'quick-scram', scramAccess],
  ['mutual TLS', 'quick-tls', certificateAccess],
] as const)('a deployment over %s with the ACLs of quick doctor', (_how, user, accessOf) => {
  const topic = `orders-${user}`;
  const internalPrefix = `__${user}-`;
  let access: Access;
  let network: ManagedNetwork;
  let env: Env;

  beforeAll(async () => {
    access = await accessOf(user);
    env = {
      ...access.env,
      QUICK_KAFKA_BOOTSTRAP_SERVER: access.server,
      QUICK_INTERNAL_TOPIC_PREFIX: internalPrefix,
    };
    const options = ['--principal', `User:${user}`, '--topics', topic];
    await runAcls(broker, await printedAcls(env, ...options));
    const { server: bootstrapServer } = access;
    network = await ManagedNetwork.start({ bootstrapServer, internalPrefix, env: access.env });
  });
  afterAll(() => network[Symbol.asyncDispose]());

  test('serves queries, mutations and subscriptions, and shows no secret', async () => {
    await network.mustSend('POST', `/topic/${topic}?keyType=string&valueType=json`, {});
    await network.mustSend('POST', '/gateway', { name: 'shop', schema: SCHEMA(topic) });
    const [gateway = ''] = await network.addresses('gateway', 'shop');
    await useDataPath(network.ingest.url, `http://${gateway}`, topic);
    const shown = [
      JSON.stringify(await network.resources()),
      ...(await commandLines()),
      await readFile(network.manager.logFile, 'utf8'),
      await readFile(network.ingest.logFile, 'utf8'),
    ].filter((text) => text.includes(PASSWORD));
    expect(shown).toEqual([]);
  });

  test('passes all checks of quick doctor', async () => {
    const options = ['--service', 'manager,ingest,mirror,gateway,edge,cli', '--topics', topic];
    const rows = await kafkaRows(env, ...options, '--principal', `User:${user}`);
    expect(rows.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(rows.map(({ check }) => check)).toEqual([
      'kafka connection',
      'kafka tls',
      'kafka authentication',
      'kafka version',
      'internal topics',
      ...['manager', 'ingest', 'mirror', 'gateway', 'edge', 'cli'].map((each) => `acls ${each}`),
    ]);
    expect(rows.find(({ check }) => check === 'internal topics')?.fact).toBe(
      ['topic-registry', 'services', 'resources', 'status']
        .map((name) => `${internalPrefix}${name}`)
        .join(', '),
    );
  });

  test('reports a revoked ACL at the write and in quick doctor, whose command repairs it', async () => {
    const write = `kafka-acls --allow-principal User:${user} --operation Write --topic ${topic}`;
    await runAcls(broker, [write], '--remove');
    const post = () =>
      call(`${network.ingest.url}/${topic}`, { json: { key: 'c', value: { id: 'c', total: 3 } } });
    await eventually(async () => {
      const { status, text } = await post();
      expect([status, text]).toEqual([503, expect.stringContaining('TOPIC_AUTHORIZATION_FAILED')]);
      expect(text).toContain('run: quick doctor');
    }, SEEN_MS);
    const check = ['--service', 'ingest', '--topics', topic, '--principal', `User:${user}`];
    const row = (await kafkaRows(env, ...check)).find(({ result }) => result === 'fail');
    expect(row).toMatchObject({
      check: 'acls ingest',
      fact: expect.stringContaining(`User:${user} lacks Write on ${topic}. Run: kafka-acls `),
      commands: [
        `kafka-acls --bootstrap-server ${access.server} --command-config admin.properties --add --allow-principal User:${user} --operation Write --topic ${topic}`,
      ],
    });
    await runAcls(broker, row?.commands ?? []);
    await eventually(async () => {
      expect((await post()).status).toBe(201);
    }, SEEN_MS);
  });
});

test('each service has exactly its own rights, over mutual TLS', async () => {
  const kinds = ['ingest', 'mirror', 'gateway'] as const;
  const topic = 'orders-own-users';
  const accesses = await Promise.all(kinds.map((kind) => certificateAccess(`own-${kind}`)));
  const env = Object.fromEntries(kinds.map((kind, at) => [kind, accesses[at]?.env ?? {}]));
  const server = broker.certificateServer;
  const { jarsDir } = testBroker();
  await using network = await TestNetwork.start({
    broker: { bootstrapServer: broker.openServer, jarsDir },
    kafkaFor: { ingest: server, mirror: server, gateway: server },
    topics: [{ name: topic, keyType: 'STRING', valueType: 'JSON', partitions: 3 }],
    schema: SCHEMA(topic),
    env,
    beforeStart: async (registry) => {
      const names = { QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry };
      const options = ['--service', kinds.join(','), '--topics', topic];
      await runAcls(
        broker,
        await printedAcls(names, ...options, '--principal', 'User:own-{service}'),
      );
    },
  });
  await expect(
    useDataPath(network.ingest.url, network.gateway.url, topic),
  ).resolves.toBeUndefined();
});

test('reports a wrong password, an expired certificate and an unknown CA by their step', async () => {
  const scram = {
    QUICK_KAFKA_BOOTSTRAP_SERVER: broker.bootstrapServer,
    QUICK_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    QUICK_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256',
    QUICK_KAFKA_SASL_USERNAME: 'alice',
    QUICK_KAFKA_SASL_PASSWORD: PASSWORD,
    QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: broker.caFile,
  };
  const failed = async (env: Env): Promise<readonly string[]> => {
    const rows = await kafkaRows(env, '--topics', 'orders');
    return rows.map(({ check, result, fact }) =>
      result === 'fail' ? `${check}: ${fact}` : `${check} ${result}`,
    );
  };
  const wrong = await failed(scram);
  expect(wrong).toEqual([
    'kafka connection ok',
    'kafka tls ok',
    expect.stringMatching(
      /^kafka authentication: .*does not accept user alice with SCRAM-SHA-256.*Check the credentials/,
    ),
  ]);
  expect(wrong.join(' ')).not.toContain(PASSWORD);
  const { QUICK_KAFKA_SSL_TRUSTSTORE_LOCATION: _ca, ...untrusting } = scram;
  expect(await failed(untrusting)).toEqual([
    'kafka connection ok',
    expect.stringMatching(/^kafka tls: .*not signed by a trusted CA.*TRUSTSTORE_LOCATION/),
    'kafka authentication skip',
  ]);
  const expired = await certificateAccess('expired', -1);
  expect(await failed({ ...expired.env, QUICK_KAFKA_BOOTSTRAP_SERVER: expired.server })).toEqual([
    'kafka connection ok',
    expect.stringMatching(/^kafka tls: .*client certificate CN=expired expired on 20.*Renew it/),
    'kafka authentication skip',
  ]);
  const closed = { ...scram, QUICK_KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1' };
  expect(await failed(closed)).toEqual([
    expect.stringMatching(/^kafka connection: .*ECONNREFUSED/),
    'kafka tls skip',
    'kafka authentication skip',
  ]);
});
