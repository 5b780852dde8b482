import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { kafkaOptions, schemaRegistryOptions } from '@quicksilver/common/config/common-options';
import { optionsOf, type Environment } from '@quicksilver/common/config/option';
import { Secret } from '@quicksilver/common/config/secret';
import { isLoopback } from '@quicksilver/common/http/api-key-check';
import { readKeySet } from '@quicksilver/common/http/read-key-set';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { freePorts } from '@quicksilver/local-kafka/free-port';
import { defaultCacheDir } from '@quicksilver/local-kafka/kafka-jars';
import { identityOf, type ProcessIdentity } from '@quicksilver/processes/process-identity';

import { RunFile } from '../context/dev-run.ts';
import { kafkaClientFor } from '../context/kafka-client-for.ts';
import type { IngestAccess } from '../load/ingest-client.ts';
import { createSender } from '../manager/http-call.ts';
import { managerAt, type ManagerClient } from '../manager/manager-client.ts';
import { CliError } from '../output/cli-error.ts';
import type { Display } from '../output/display.ts';
import type { Surroundings } from '../output/surroundings.ts';
import { childEnv } from './child-env.ts';
import type { DataDirectory } from './data-directory.ts';
import type { DevConfig } from './dev-options.ts';
import { devServices, FREE_PORTS, LOCAL_ORIGINS, type ServiceRow } from './dev-services.ts';
import { createKafkaPart } from './kafka-part.ts';
import { endLeftovers } from './leftovers.ts';
import type { KafkaPart } from './local-kafka-part.ts';
import { step, parallelPart } from './part-shapes.ts';
import { requirePort } from './port-check.ts';
import { RegistryPart } from './registry-part.ts';
import { ServiceProcess } from './service-process.ts';

export interface NetworkOptions {
  readonly config: DevConfig;
  readonly projectDir: string;
  /** Hosts that `@rest` may fetch from, unless QUICK_REST_ALLOWED_HOSTS is set. */
  readonly restHosts: readonly string[];
  /** Whether the project needs a schema registry, unless QUICK_KAFKA_SCHEMA_REGISTRY_URL is set. */
  readonly needsRegistry: boolean;
  /** Origins of web pages in addition to local ones, unless QUICK_CORS_ORIGINS is set. */
  readonly origins: readonly string[];
  /** This process. */
  readonly self: ProcessIdentity;
  readonly dataDirectory: DataDirectory;
  readonly display: Display;
  readonly around: Surroundings;
}

/** The services of every project. Addresses are known at once and serve after the start. */
export interface Network {
  readonly parts: readonly Part[];
  readonly kafka: KafkaPart;
  /** The schema registry that this run starts, if it does. */
  readonly registry: RegistryPart | undefined;
  readonly client: () => KafkaClient;
  readonly manager: ManagerClient;
  readonly ingest: IngestAccess;
  readonly edge: IngestAccess;
}

/** How long the services may drain on a busy machine. Kafka stops after them. */
export const SERVICE_DRAIN_MS = 6_000;
const KAFKA_STOP_MS = 2_000;
const LEFTOVERS_GRACE_MS = 300;
const REGISTRY_VARIABLE = schemaRegistryOptions.schemaRegistry.env;

/** Kafka, ingest, the manager and the edge, in the order of the start. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { config, around, dataDirectory, display } = options;
  const keys = await devKeys(config);
  const [registryPort = 0, ...free] = await freePorts(FREE_PORTS + 1);
  const services = devServices({
    host: config.host,
    port: config.port,
    free,
    managerId: managerIdOf(dataDirectory.path),
    runtimeDir: dataDirectory.runtimeDir,
    projectDir: options.projectDir,
    ...settingsOf(options),
  });
  const runFile = createRunFile(options, services.edge.url);
  const kafka = createKafkaPart({
    config,
    dataDirectory,
    env: around.env,
    display,
    stopTimeoutMs: KAFKA_STOP_MS,
    onSpawn: (pid) => addProcess(runFile, 'kafka', pid),
  });
  const registry = createRegistryPart(options, registryPort, runFile);
  const service = (row: ServiceRow): ServiceProcess =>
    new ServiceProcess({
      name: row.name,
      mainFile: row.mainFile,
      nodePath: around.nodePath,
      env: () =>
        childEnv(around.env, {
          ...row.env,
          ...keys.env,
          ...commonEnv(options, kafka, registry),
          ...nodeEnv(around.env),
        }),
      readyUrl: `${row.opsUrl}/readyz`,
      dataDirectory,
      onSpawn: (pid) => addProcess(runFile, row.name, pid, row.opsUrl),
      onRestart: (text) => display.line(text),
    });
  const manager = service(services.manager);
  const leftovers = leftoversPart(manager, options);
  return {
    parts: [
      dataDirectory,
      step('port', () => requirePort(config.host, config.port)),
      // None needs another one, so they start and stop concurrently.
      parallelPart('Kafka and leftovers', [kafka, leftovers, ...(registry ? [registry] : [])]),
      step('run file', () =>
        runFile.set({
          kafka: kafka.bootstrapServers,
          ...(registry && { schemaRegistry: registry.url }),
        }),
      ),
      parallelPart('services', [service(services.ingest), manager, service(services.edge)]),
    ],
    kafka,
    registry,
    client: () =>
      kafkaClientFor(
        { ...config, security: kafka.isOfRun ? undefined : config.security },
        kafka.bootstrapServers.split(','),
      ),
    manager: clientOf(services.manager.url, services.ingest.url, keys.peer, around),
    ingest: { url: services.ingest.url, key: keys.peer },
    edge: { url: services.edge.url, key: keys.peer },
  };
}

/** The settings of the project, unless variables override them. */
function settingsOf({ around, restHosts, origins }: NetworkOptions): {
  readonly restHosts: string;
  readonly origins: string;
} {
  return {
    restHosts: around.env['QUICK_REST_ALLOWED_HOSTS'] ?? restHosts.join(','),
    origins: around.env['QUICK_CORS_ORIGINS'] ?? [...LOCAL_ORIGINS, ...origins].join(','),
  };
}

function leftoversPart(
  manager: ServiceProcess,
  { around, dataDirectory: { runtimeDir } }: NetworkOptions,
): Part {
  return {
    name: 'leftovers',
    start: () => Promise.resolve(),
    // A killed manager leaves its processes to the next manager. Here there is no next one.
    stop: async () => {
      if (!manager.isCleanlyExited) {
        await endLeftovers({ ...around, runtimeDir, graceMs: LEFTOVERS_GRACE_MS });
      }
    },
  };
}

function createRegistryPart(
  { needsRegistry, dataDirectory, display, around: { env } }: NetworkOptions,
  port: number,
  runFile: RunFile,
): RegistryPart | undefined {
  return needsRegistry && (env[REGISTRY_VARIABLE] ?? '') === ''
    ? new RegistryPart({
        dataDirectory,
        port,
        env,
        display,
        stopTimeoutMs: KAFKA_STOP_MS,
        onSpawn: (pid) => addProcess(runFile, 'registry', pid),
      })
    : undefined;
}

function createRunFile(
  { config, projectDir, self, dataDirectory, around }: NetworkOptions,
  url: string,
): RunFile {
  const { path: dataDir, state, runtimeDir } = dataDirectory;
  const places = { project: projectDir, dataDir, state, runtimeDir };
  const schemaRegistry = around.env[REGISTRY_VARIABLE];
  const registry = schemaRegistry === undefined ? {} : { schemaRegistry };
  const isKafkaOfRun = config.bootstrapServers.length === 0;
  const run = { ...places, ...registry, isKafkaOfRun, url, kafka: '', self, processes: [] };
  return new RunFile(run);
}

async function addProcess(
  runFile: RunFile,
  name: string,
  pid: number,
  opsUrl?: string,
): Promise<void> {
  const identity = await identityOf(pid);
  if (identity !== undefined) {
    await runFile.add({ name, ...identity, ...(opsUrl === undefined ? {} : { opsUrl }) });
  }
}

interface DevKeys {
  /** The key of this command and the services; undefined if no key is required. */
  readonly peer: Secret | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** Creates the key that the services of this run share, if users need a key. */
async function devKeys(config: DevConfig): Promise<DevKeys> {
  const { users } = await readKeySet(config, false);
  if (users.length === 0 && !isLoopback(config.host)) {
    throw new CliError(
      `QUICK_HOST=${config.host} is reachable from other machines, and no key is set.`,
      {
        code: 'KEY_REQUIRED',
        hint: 'Set a key, for example with export QUICK_APIKEY=$(openssl rand -hex 32). Or leave QUICK_HOST at 127.0.0.1, which needs no key.',
      },
    );
  }
  const peer = users.length === 0 ? undefined : new Secret(randomBytes(32).toString('hex'));
  return { peer, env: { QUICK_PEER_KEY: peer?.reveal() ?? '', QUICK_PEER_KEY_FILE: '' } };
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
    kafkaVariables: {},
  };
  return managerAt(target, createSender(target, around, false));
}

/** The same for every run with the same data, so that a restarted manager leads at once. */
function managerIdOf(path: string): string {
  return `dev-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
}

/** A Kafka that this run starts has neither encryption nor users. */
const UNSECURED: Readonly<Record<string, string>> = Object.fromEntries(
  [kafkaOptions.clientProperties, ...optionsOf(kafkaOptions.security)].map(({ env }) => [env, '']),
);

/** The variables of every service. */
function commonEnv(
  { config, dataDirectory }: NetworkOptions,
  kafka: KafkaPart,
  registry: RegistryPart | undefined,
): Readonly<Record<string, string>> {
  return {
    // No service reads it. It shows people which run a process belongs to.
    QUICK_DATA_DIR: dataDirectory.state,
    ...(kafka.isOfRun ? UNSECURED : {}),
    QUICK_KAFKA_BOOTSTRAP_SERVER: kafka.bootstrapServers,
    ...(registry && { [REGISTRY_VARIABLE]: registry.url }),
    QUICK_TOPIC_REGISTRY_TOPIC_NAME: config.topicRegistry,
    // Less than SERVICE_DRAIN_MS, so that the manager can stop its processes and exit in time.
    QUICK_DRAIN_MS: '1000',
  };
}

/**
 * The compile cache saves a third of a service's startup time and memory. Node's other options are
 * the defaults, so that users run what the benchmarks measure.
 */
function nodeEnv(env: Environment): Readonly<Record<string, string>> {
  return {
    NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] ?? join(defaultCacheDir(env), 'compiled'),
  };
}
