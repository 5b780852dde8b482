import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { Secret } from '@quicksilver/common/config/secret';
import { isLoopback } from '@quicksilver/common/http/api-key-check';
import { loadKeys } from '@quicksilver/common/http/load-keys';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { freePorts } from '@quicksilver/local-kafka/free-port';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';

import type { IngestAccess } from '../load/ingest-client.ts';
import { createSender } from '../manager/http-call.ts';
import { managerAt, type ManagerClient } from '../manager/manager-client.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { childEnv } from './child-env.ts';
import { commandLineOf, type KnownProcess } from '../context/known-process.ts';
import type { DataDirectory } from './data-directory.ts';
import { DevError } from './dev-error.ts';
import type { DevConfig } from './dev-options.ts';
import { devServices, FREE_PORTS, type ServiceRow } from './dev-services.ts';
import type { Display } from '../output/display.ts';
import { awaitKafka } from '../load/await-kafka.ts';
import { kafkaClientFor } from '../context/kafka-client-for.ts';
import type { KafkaPart } from './kafka-part.ts';
import { endLeftovers } from './leftovers.ts';
import { OwnKafka } from './local-kafka-part.ts';
import { requirePort } from './port-check.ts';
import { RunFile } from '../context/dev-run.ts';
import { ServiceProcess } from './service-process.ts';
import { step } from './step.ts';
import { together } from './together.ts';

export interface NetworkGiven {
  readonly config: DevConfig;
  readonly projectDir: string;
  /** Hosts that the project's schemas may fetch from, unless the environment names others. */
  readonly restHosts: readonly string[];
  /** As `quick dev` was called. */
  readonly self: KnownProcess;
  readonly dataDirectory: DataDirectory;
  readonly display: Display;
  readonly around: Surroundings;
}

/** What runs for every project. Addresses are known at once, and serve once the parts have started. */
export interface Network {
  readonly parts: readonly Part[];
  readonly kafka: KafkaPart;
  readonly client: () => KafkaClient;
  readonly manager: ManagerClient;
  readonly ingest: IngestAccess;
  readonly edge: IngestAccess;
}

/** Milliseconds that the services have to finish their work, and Kafka after them. */
export const SERVICE_DRAIN_MS = 2_400;
const KAFKA_STOP_MS = 2_000;
const LEFTOVERS_GRACE_MS = 300;

/** Kafka, ingest, the manager and the edge. The order of the parts is the order of the start. */
export async function openNetwork(given: NetworkGiven): Promise<Network> {
  const { config, around, dataDirectory } = given;
  const keys = await devKeys(config);
  const services = devServices({
    host: config.host,
    port: config.port,
    free: await freePorts(FREE_PORTS),
    managerId: managerIdOf(dataDirectory.path),
    runtimeDir: dataDirectory.runtimeDir,
    projectDir: given.projectDir,
    restHosts: around.env['QUICK_REST_ALLOWED_HOSTS'] ?? given.restHosts.join(','),
  });
  const runFile = runFileOf(given, services.edge.url);
  const kafka = kafkaPart(given, (pid) => note(runFile, 'kafka', pid));
  const service = (row: ServiceRow): ServiceProcess =>
    new ServiceProcess({
      name: row.name,
      mainFile: row.mainFile,
      nodePath: around.nodePath,
      env: () =>
        childEnv(around.env, {
          ...row.env,
          ...keys.env,
          ...forAll(given, kafka),
          ...ofNode(around.env),
        }),
      readyUrl: `${row.opsUrl}/readyz`,
      dataDirectory,
      onSpawn: (pid) => note(runFile, row.name, pid, row.opsUrl),
    });
  const manager = service(services.manager);
  const leftovers: Part = {
    name: 'leftovers',
    start: () => Promise.resolve(),
    // A manager that was killed leaves what it ran to the next one, and there is none.
    stop: async () => {
      if (!manager.endedInOrder) {
        const { runtimeDir } = dataDirectory;
        await endLeftovers({ ...around, runtimeDir, graceMs: LEFTOVERS_GRACE_MS });
      }
    },
  };
  return {
    parts: [
      dataDirectory,
      step('port', () => requirePort(config.host, config.port)),
      // Their ends need not wait for each other.
      together('Kafka and leftovers', [kafka, leftovers]),
      step('run file', () => runFile.set({ kafka: kafka.bootstrapServers })),
      together('services', [service(services.ingest), manager, service(services.edge)]),
    ],
    kafka,
    client: () => kafkaClientFor(config.kafkaClient, kafka.bootstrapServers.split(',')),
    manager: clientOf(services.manager.url, services.ingest.url, keys.own, around),
    ingest: { url: services.ingest.url, key: keys.own },
    edge: { url: services.edge.url, key: keys.own },
  };
}

function runFileOf({ projectDir, self, dataDirectory }: NetworkGiven, url: string): RunFile {
  const { path, state, runtimeDir } = dataDirectory;
  const run = { project: projectDir, url, kafka: '', state, runtimeDir, self, processes: [] };
  return new RunFile(path, run);
}

async function note(runFile: RunFile, name: string, pid: number, opsUrl?: string): Promise<void> {
  const commandLine = await commandLineOf(pid);
  if (commandLine !== undefined) {
    await runFile.add({ name, pid, commandLine, ...(opsUrl === undefined ? {} : { opsUrl }) });
  }
}

function kafkaPart(given: NetworkGiven, onSpawn: (pid: number) => Promise<void>): KafkaPart {
  const { config, display, dataDirectory, around } = given;
  const { bootstrapServers, kafkaClient, topicRegistry: topic } = config;
  if (bootstrapServers.length === 0) {
    const { env } = around;
    return new OwnKafka({ dataDirectory, env, display, stopTimeoutMs: KAFKA_STOP_MS, onSpawn });
  }
  return {
    name: 'Kafka',
    bootstrapServers: bootstrapServers.join(','),
    start: async ({ signal }) => {
      const kafka = kafkaClientFor(kafkaClient, bootstrapServers);
      await awaitKafka({ bootstrapServers, kafka, topic, display }, signal);
    },
    // It was there before, and it stays.
    stop: () => Promise.resolve(),
  };
}

interface DevKeys {
  /** With which this command asks the services; undefined where everybody may. */
  readonly own: Secret | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** The services of one run share a key that nobody else has, where users need one. */
async function devKeys(config: DevConfig): Promise<DevKeys> {
  const { users } = await loadKeys(config, false);
  if (users.length === 0 && !isLoopback(config.host)) {
    throw new DevError(
      `QUICK_HOST=${config.host} is reachable from other machines, and no key is set.`,
      {
        whatToDo:
          'Set a key, for example with export QUICK_APIKEY=$(openssl rand -hex 32), or leave QUICK_HOST at 127.0.0.1, where none is needed.',
      },
    );
  }
  const own = users.length === 0 ? undefined : new Secret(randomBytes(32).toString('hex'));
  return { own, env: { QUICK_PEER_KEY: own?.reveal() ?? '', QUICK_PEER_KEY_FILE: '' } };
}

function clientOf(
  managerUrl: string,
  ingestUrl: string,
  key: Secret | undefined,
  around: Surroundings,
): ManagerClient {
  const target = {
    name: 'dev',
    managerUrl,
    ingestUrl,
    gatewayUrl: () => '',
    key: key?.reveal(),
    brokers: [],
  };
  return managerAt(target, createSender(target, around, false));
}

/** The same after a restart, so that the manager leads at once, and another one for other data. */
function managerIdOf(path: string): string {
  return `dev-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
}

/** What every service is told. */
function forAll(
  { config, dataDirectory }: NetworkGiven,
  kafka: KafkaPart,
): Readonly<Record<string, string>> {
  return {
    // None of them reads it: it tells people whose a process is.
    QUICK_DATA_DIR: dataDirectory.state,
    QUICK_KAFKA_BOOTSTRAP_SERVER: kafka.bootstrapServers,
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: config.topicRegistry,
    // Less than this process waits: the manager ends by itself, and before it what it runs.
    QUICK_DRAIN_MS: '1000',
  };
}

/**
 * What was compiled once is not compiled again, which saves a third of a service's start and of its
 * memory. And the space for young objects is small: they are collected more often, which on one
 * machine, beside a browser and an editor, is the better half of the bargain.
 */
function ofNode(env: Environment): Readonly<Record<string, string>> {
  return {
    NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] ?? join(defaultCacheDir(env), 'compiled'),
    NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --max-semi-space-size=2`.trim(),
  };
}
