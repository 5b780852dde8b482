import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { TestRunner } from 'vitest';

import type { TestBroker } from '../kafka/broker.ts';
import { History } from '../oracles/history.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { registerTopics, type NetworkTopic } from '../kafka/register-topics.ts';
import {
  gatewayEnv,
  ingestEnv,
  mirrorEnv,
  steeredGatewayEnv,
  steeredMirrorEnv,
} from '../processes/service-env.ts';
import { ServiceProcess, type ServiceKind } from '../processes/service-process.ts';
import { ServicesTopic } from '../kafka/services-topic.ts';

export interface NetworkOptions {
  readonly broker: TestBroker;
  readonly topics: readonly NetworkTopic[];
  /** One set of replicas per mirror. Without it, one process hosts all topics. */
  readonly mirrors?: readonly MirrorSet[];
  /** Text of the gateway's schema. Without it there is no gateway. */
  readonly schema?: string;
  /**
   * Steers mirrors and gateways through a services topic, as a manager does. The gateway has this
   * many replicas, named `gateway`, `gateway-1` and so on. Without a schema they have none yet.
   */
  readonly steered?: { readonly gateways: number };
  /**
   * Number of ingest processes, named `ingest`, `ingest-1` and so on. Use 0 without writes over
   * HTTP.
   */
  readonly ingests?: number;
  /** More variables for the services of a kind. */
  readonly env?: Partial<Record<ServiceKind, Readonly<Record<string, string>>>>;
  /** `host:port` of a listener behind a proxy, for the services of a kind. */
  readonly kafkaFor?: Partial<Record<ServiceKind, string>>;
}

export interface MirrorSet {
  readonly topics: readonly string[];
  readonly replicas: number;
}

interface MirrorReplica {
  readonly topics: readonly string[];
  readonly dataDir: string;
  readonly process: ServiceProcess;
}

const LOG_ROOT = fileURLToPath(new URL('../../../../.cache/test-logs/', import.meta.url));
const LOGS_KEPT = 40;
/** Newer directories may belong to a test that runs concurrently. */
const LOGS_KEPT_MS = 3_600_000;

/**
 * The services as real processes on a real broker, with their own topics and topic registry. Their
 * output goes to `.cache/test-logs`. If the test fails, its last lines are printed.
 */
export class TestNetwork {
  readonly broker: TestBroker;
  /** Names of the topics, in the order of the options. */
  readonly topics: readonly string[];
  readonly logDir: string;
  readonly #dataDir: string;
  readonly #processes = new Map<string, ServiceProcess>();
  readonly #mirrors: MirrorReplica[] = [];
  readonly #watched = new WeakSet<object>();
  readonly #closing = new AsyncDisposableStack();
  #servicesTopic: ServicesTopic | undefined;

  private constructor(options: NetworkOptions, dataDir: string, logDir: string) {
    this.broker = options.broker;
    this.topics = options.topics.map((topic) => topic.name);
    this.#dataDir = dataDir;
    this.logDir = logDir;
  }

  /** Resolves when `/readyz` of every service returns 200. */
  static async start(options: NetworkOptions): Promise<TestNetwork> {
    const dataDir = await mkdtemp(join(tmpdir(), 'quicksilver-network-'));
    const network = new TestNetwork(options, dataDir, await newLogDir());
    network.#closing.defer(() => rm(dataDir, { recursive: true, force: true }));
    try {
      await network.#boot(options);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  get ingest(): ServiceProcess {
    return this.service('ingest');
  }

  get gateway(): ServiceProcess {
    return this.service('gateway');
  }

  /** The services topic of a steered network. Its gateway is called `gateway`. */
  get services(): ServicesTopic {
    if (this.#servicesTopic === undefined) {
      throw new Error('This network is not steered');
    }
    return this.#servicesTopic;
  }

  /** Sets or removes the schema of all replicas of a steered gateway. */
  async applySchema(version: number, schema: string | null): Promise<void> {
    const id = { kind: 'gateway', name: 'gateway' } as const;
    await this.services.write({ ...id, version, schema, addresses: [] });
  }

  /** Replica `ordinal` of the mirror of a topic. */
  mirror(topic: string, ordinal = 0): ServiceProcess {
    return this.#replica(topic, ordinal).process;
  }

  /** All replicas of the mirror of a topic, by ordinal. */
  mirrors(topic: string): readonly ServiceProcess[] {
    return this.#replicas(topic).map((replica) => replica.process);
  }

  /** Deletes the store of a replica. The replica must not run. */
  async wipeMirror(topic: string, ordinal = 0): Promise<void> {
    const { process, dataDir } = this.#replica(topic, ordinal);
    if (process.isRunning) {
      throw new Error(`${process.name} is running; stop it before its store is removed`);
    }
    await rm(dataDir, { recursive: true, force: true });
  }

  service(name: string): ServiceProcess {
    this.#printTailsWhenTestFails();
    const found = this.#processes.get(name);
    if (found === undefined) {
      const known = [...this.#processes.keys()].join(', ');
      throw new Error(`This network has no ${name}; it has ${known}`);
    }
    return found;
  }

  /** Writes one record, or several as one request, through ingest. */
  async post(topic: string, json: unknown, options: CallOptions = {}): Promise<Answer> {
    return call(`${this.ingest.url}/${topic}`, { ...options, json });
  }

  /** Writes an unchanged body through ingest. */
  async postBytes(
    topic: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return call(`${this.ingest.url}/${topic}`, { method: 'POST', body, headers });
  }

  /** Writes a tombstone through ingest. */
  async remove(topic: string, key: string): Promise<Answer> {
    const url = `${this.ingest.url}/${topic}/${encodeURIComponent(key)}`;
    return call(url, { method: 'DELETE' });
  }

  async graphql(query: string, options: GraphqlOptions = {}): Promise<GraphqlAnswer> {
    const { variables, headers = {} } = options;
    const answer = await call(`${this.gateway.url}/graphql`, {
      json: { query, variables },
      headers,
    });
    return answer.json() as GraphqlAnswer;
  }

  /** A history with its file next to the logs. */
  history(name: string): History {
    return this.#closing.use(new History(join(this.logDir, `${name}.jsonl`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }

  async #boot(options: NetworkOptions): Promise<void> {
    this.#printTailsWhenTestFails();
    const registry = `__registry-${randomUUID()}`;
    await registerTopics({ broker: options.broker, registry, topics: options.topics });
    if (options.steered !== undefined) {
      this.#servicesTopic = this.#closing.use(new ServicesTopic(options.broker));
    }
    const kafkaOf = (kind: ServiceKind): Readonly<Record<string, string>> => ({
      QUICK_KAFKA_BOOTSTRAP_SERVER: options.kafkaFor?.[kind] ?? options.broker.bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
      ...options.env?.[kind],
    });
    // The gateway needs the address of ingest before ingest starts.
    const ingestPorts = await freePorts(Math.max(1, options.ingests ?? 1));
    const sets = options.mirrors ?? [{ topics: this.topics, replicas: 1 }];
    const addresses = new Map<string, string>();
    for (const [at, set] of sets.entries()) {
      const first = await this.#addMirrors(
        set,
        sets.length === 1 ? 'mirror' : `mirror${at}`,
        kafkaOf('mirror'),
      );
      for (const topic of set.topics) {
        addresses.set(topic, first);
      }
    }
    this.#addIngests(options, ingestPorts, [...addresses.values()][0], kafkaOf('ingest'));
    await this.#addGateways(options, addresses, {
      QUICK_INGEST_URL: `http://127.0.0.1:${ingestPorts[0]}`,
      ...kafkaOf('gateway'),
    });
    await Promise.all([...this.#processes.values()].map((process) => process.start()));
  }

  #addIngests(
    { ingests = 1 }: NetworkOptions,
    ports: readonly number[],
    mirror: string | undefined,
    env: Readonly<Record<string, string>>,
  ): void {
    const servicesTopic = this.#servicesTopic?.name;
    // Without a mirror the port has no listener, as if all mirrors were down.
    const mirrors =
      servicesTopic === undefined ? { address: mirror ?? '127.0.0.1:1' } : { servicesTopic };
    for (const [at, port] of ports.slice(0, ingests).entries()) {
      const name = at === 0 ? 'ingest' : `ingest-${at}`;
      this.#add(name, 'ingest', { ...ingestEnv(port, mirrors), ...env });
    }
  }

  async #addGateways(
    { schema, steered }: NetworkOptions,
    mirrors: ReadonlyMap<string, string>,
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (steered !== undefined) {
      await this.applySchema(1, schema ?? null);
      const own = steeredGatewayEnv({ name: 'gateway', servicesTopic: this.services.name });
      for (let at = 0; at < steered.gateways; at += 1) {
        this.#add(at === 0 ? 'gateway' : `gateway-${at}`, 'gateway', { ...own, ...env });
      }
    } else if (schema !== undefined) {
      const schemaPath = join(this.#dataDir, 'schema.graphql');
      await writeFile(schemaPath, schema);
      this.#add('gateway', 'gateway', { ...gatewayEnv({ schemaPath, mirrors }), ...env });
    }
  }

  /** Returns the address of the first replica. */
  async #addMirrors(
    set: MirrorSet,
    name: string,
    env: Readonly<Record<string, string>>,
  ): Promise<string> {
    // Each replica needs the addresses of the others before any of them starts.
    const ports = await freePorts(set.replicas);
    const peers = ports.map((port) => `127.0.0.1:${port}`);
    const servicesTopic = this.#servicesTopic?.name ?? '';
    const topics = set.topics.map((topic) => ({ topic }));
    await this.#servicesTopic?.write({
      ...{ kind: 'mirror', name, version: 1, copies: 1 },
      topics,
      addresses: peers,
    });
    for (const [ordinal, port] of ports.entries()) {
      const dataDir = join(this.#dataDir, `${name}-${ordinal}`);
      const process = this.#add(`${name}-${ordinal}`, 'mirror', {
        ...(this.#servicesTopic === undefined
          ? mirrorEnv({ topics: set.topics, ordinal, peers, port, dataDir })
          : steeredMirrorEnv({ name, servicesTopic, ordinal, port, dataDir })),
        ...env,
      });
      this.#mirrors.push({ topics: set.topics, dataDir, process });
    }
    return peers[0] ?? '';
  }

  #add(name: string, kind: ServiceKind, env: Readonly<Record<string, string>>): ServiceProcess {
    const logFile = join(this.logDir, `${name}.log`);
    const process = this.#closing.use(new ServiceProcess({ name, kind, env, logFile }));
    this.#processes.set(name, process);
    return process;
  }

  #replica(topic: string, ordinal: number): MirrorReplica {
    this.#printTailsWhenTestFails();
    const replica = this.#replicas(topic)[ordinal];
    if (replica === undefined) {
      throw new Error(`Topic ${topic} has no mirror with the ordinal ${ordinal}`);
    }
    return replica;
  }

  #replicas(topic: string): readonly MirrorReplica[] {
    return this.#mirrors.filter((replica) => replica.topics.includes(topic));
  }

  /** Read on every use, because a network that several tests share starts before all of them. */
  #printTailsWhenTestFails(): void {
    const test = TestRunner.getCurrentTest();
    if (test === undefined || this.#watched.has(test)) {
      return;
    }
    this.#watched.add(test);
    test.context.onTestFailed(() => {
      const tails = [...this.#processes.values()].map(
        (service) => `--- ${service.name}\n${service.tail()}`,
      );
      process.stderr.write(`${tails.join('\n')}\nAll lines: ${this.logDir}\n`);
    });
  }
}

export interface GraphqlOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: { readonly code?: string };
  }[];
}

/** A directory for the logs of one network. The oldest directories above a limit are deleted. */
async function newLogDir(): Promise<string> {
  mkdirSync(LOG_ROOT, { recursive: true });
  const name = `${nameOf(Date.now())}-${randomUUID().slice(0, 8)}`;
  const old = nameOf(Date.now() - LOGS_KEPT_MS);
  const older = (await readdir(LOG_ROOT))
    .toSorted()
    .slice(0, -LOGS_KEPT)
    .filter((each) => each < old);
  await Promise.all(
    older.map((each) => rm(join(LOG_ROOT, each), { recursive: true, force: true, maxRetries: 5 })),
  );
  const dir = join(LOG_ROOT, name);
  mkdirSync(dir);
  return dir;
}

/** Names that sort by time. */
function nameOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(':', '-');
}
