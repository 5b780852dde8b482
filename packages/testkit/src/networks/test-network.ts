import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestBroker } from '../kafka/broker.ts';
import { History } from '../oracles/history.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { registerTopics } from '../kafka/register-topics.ts';
import type { ServiceKind, ServiceProcess } from '../processes/service-process.ts';
import { ServicesTopic } from '../kafka/services-topic.ts';
import {
  DOWN_URL,
  planNetwork,
  schemaPath,
  type Env,
  type NetworkDescription,
  type NetworkPlan,
} from './network-plan.ts';
import { ProcessGroup } from './process-group.ts';

export interface NetworkOptions extends NetworkDescription {
  readonly broker: TestBroker;
  /** `host:port` of a listener behind a proxy, for the services of a kind. */
  readonly kafkaFor?: Partial<Record<ServiceKind, string>>;
  /** Called when the topics exist, before the services start. Gets the topic registry's name. */
  readonly beforeStart?: (registry: string) => Promise<void>;
}

interface MirrorReplica {
  readonly topics: readonly string[];
  readonly dataDir: string;
  readonly process: ServiceProcess;
}

/** A network as real processes on a real broker, with its own topics and topic registry. */
export class TestNetwork {
  readonly broker: TestBroker;
  /** Names of the topics, in the order of the options. */
  readonly topics: readonly string[];
  readonly #options: NetworkOptions;
  readonly #registry = `__registry-${randomUUID()}`;
  readonly #dataDir: string;
  readonly #processes: ProcessGroup;
  readonly #mirrors: MirrorReplica[] = [];
  readonly #closing = new AsyncDisposableStack();
  #servicesTopic: ServicesTopic | undefined;

  private constructor(options: NetworkOptions, dataDir: string, processes: ProcessGroup) {
    this.broker = options.broker;
    this.topics = options.topics.map((topic) => topic.name);
    this.#options = options;
    this.#dataDir = dataDir;
    this.#processes = this.#closing.use(processes);
  }

  /** Resolves when `/readyz` of every service returns 200. */
  static async start(options: NetworkOptions): Promise<TestNetwork> {
    const dataDir = await mkdtemp(join(tmpdir(), 'quicksilver-network-'));
    const network = new TestNetwork(options, dataDir, await ProcessGroup.create());
    try {
      await network.#boot();
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  get logDir(): string {
    return this.#processes.logDir;
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
    return this.#processes.get(name);
  }

  /** One port in front of the network. Its routes are in a services topic. */
  async startEdge(env: Env = {}): Promise<ServiceProcess> {
    const edge = this.#processes.add('edge', {
      ...this.#kafkaEnv('edge'),
      ...(this.#servicesTopic && { QUICK_SERVICES_TOPIC_NAME: this.#servicesTopic.name }),
      QUICK_MANAGER_URL: DOWN_URL,
      QUICK_INGEST_URL: this.ingest.url,
      ...env,
    });
    await edge.start();
    return edge;
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
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async #boot(): Promise<void> {
    const { broker, topics, steered } = this.#options;
    this.#processes.watch();
    await registerTopics({ broker, registry: this.#registry, topics });
    await this.#options.beforeStart?.(this.#registry);
    if (steered !== undefined) {
      this.#servicesTopic = this.#closing.use(new ServicesTopic(broker));
    }
    const plan = await planNetwork(this.#options, {
      dataDir: this.#dataDir,
      kafkaEnv: (kind) => this.#kafkaEnv(kind),
      servicesTopic: this.#servicesTopic?.name,
    });
    await this.#writeSchemaAndEntries(plan);
    for (const { name, kind, env, topics: hosted, dataDir } of plan.mirrors) {
      const process = this.#processes.add(kind, env, name);
      this.#mirrors.push({ topics: hosted, dataDir, process });
    }
    for (const { name, kind, env } of [...plan.ingests, ...plan.gateways]) {
      this.#processes.add(kind, env, name);
    }
    await this.#processes.startAll();
  }

  async #writeSchemaAndEntries({ entries }: NetworkPlan): Promise<void> {
    const { schema, steered } = this.#options;
    if (steered !== undefined) {
      for (const entry of entries) {
        await this.services.write(entry);
      }
      await this.applySchema(1, schema ?? null);
    } else if (schema !== undefined) {
      await writeFile(schemaPath(this.#dataDir), schema);
    }
  }

  #kafkaEnv(kind: ServiceKind): Env {
    return {
      QUICK_KAFKA_BOOTSTRAP_SERVER: this.#options.kafkaFor?.[kind] ?? this.broker.bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: this.#registry,
    };
  }

  #replica(topic: string, ordinal: number): MirrorReplica {
    this.#processes.watch();
    const replica = this.#replicas(topic)[ordinal];
    if (replica === undefined) {
      throw new Error(`Topic ${topic} has no mirror with the ordinal ${ordinal}`);
    }
    return replica;
  }

  #replicas(topic: string): readonly MirrorReplica[] {
    return this.#mirrors.filter((replica) => replica.topics.includes(topic));
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
