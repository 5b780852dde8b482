import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { endLeftovers } from '@quicksilver/manager/runtime/process/end-leftovers';
import { machineEnvironment } from '@quicksilver/manager/runtime/process/machine-environment';

import { testBroker, uniqueTopic } from '../kafka/broker.ts';
import { eventually } from '../basics/eventually.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { runtimePorts } from '../processes/port-range.ts';
import type { ServiceProcess } from '../processes/service-process.ts';
import type { Env } from './network-plan.ts';
import { ProcessGroup } from './process-group.ts';

const DEADLINE_MS = 90_000;

export interface ManagedResource {
  readonly kind: string;
  readonly name: string;
  readonly status: {
    readonly state: string;
    readonly replicas: readonly { readonly address?: string; readonly restarts: number }[];
  } | null;
}

export interface ManagedNetworkOptions {
  /** Of a broker of one's own; by default the run's. */
  readonly bootstrapServer?: string;
  /** For ingest, for the manager and, by it, for all that it runs. */
  readonly env?: Env;
  /** Names all internal topics by the prefix, instead of by names of this network alone. */
  readonly internalPrefix?: string;
  /** Users need the `apiKey`. */
  readonly needsKey?: boolean;
}

/**
 * What users deploy to, with internal topics of its own: a real manager that runs real services,
 * and ingest.
 */
export class ManagedNetwork implements AsyncDisposable {
  readonly directory: string;
  readonly manager: ServiceProcess;
  readonly ingest: ServiceProcess;
  readonly registryTopic: string;
  /** Empty if users need none. */
  readonly apiKey: string;
  readonly #env: Env;
  readonly #processes: ProcessGroup;

  static async start(options: ManagedNetworkOptions = {}): Promise<ManagedNetwork> {
    const network = new ManagedNetwork(options, {
      directory: await mkdtemp(join(tmpdir(), 'quicksilver-managed-')),
      processes: await ProcessGroup.create(),
      runtime: await runtimePorts(),
      // The gateways that the manager starts need the address of ingest before ingest runs.
      ingestPort: (await freePorts(1))[0] ?? 0,
    });
    try {
      await Promise.all([network.manager.start(), network.ingest.start(false)]);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: ManagedNetworkOptions, ground: Ground) {
    this.directory = ground.directory;
    this.#processes = ground.processes;
    const { internalPrefix } = options;
    this.registryTopic =
      internalPrefix === undefined ? uniqueTopic('__registry') : `${internalPrefix}topic-registry`;
    this.apiKey = options.needsKey === true ? `key-${randomUUID()}` : '';
    this.#env = {
      QUICK_KAFKA_BOOTSTRAP_SERVER: options.bootstrapServer ?? testBroker().bootstrapServer,
      QUICK_INGEST_URL: `http://127.0.0.1:${ground.ingestPort}`,
      ...(this.apiKey === ''
        ? {}
        : { QUICK_API_KEYS: this.apiKey, QUICK_PEER_KEY: `peer-${randomUUID()}` }),
      ...ground.runtime,
      ...options.env,
      ...(internalPrefix === undefined
        ? {
            QUICK_TOPIC_REGISTRY_TOPIC_NAME: this.registryTopic,
            QUICK_SERVICES_TOPIC_NAME: uniqueTopic('__services'),
            QUICK_RESOURCES_TOPIC_NAME: uniqueTopic('__resources'),
            QUICK_STATUS_TOPIC_NAME: uniqueTopic('__status'),
          }
        : { QUICK_INTERNAL_TOPIC_PREFIX: internalPrefix }),
      // One that comes back leads at once.
      QUICK_MANAGER_ID: randomUUID(),
      QUICK_MANAGER_LOOK_MS: '200',
      QUICK_RUNTIME_DIR: this.runtimeDir,
    };
    this.manager = this.managerWith({});
    this.ingest = this.#processes.add('ingest', {
      ...this.#env,
      QUICK_PORT: String(ground.ingestPort),
    });
  }

  get runtimeDir(): string {
    return join(this.directory, 'runtime');
  }

  /** Another process of the manager, for when this one does not run. */
  managerWith(env: Env): ServiceProcess {
    return this.#processes.add('manager', { ...this.#env, ...env });
  }

  /** One port in front of all of it. */
  async startEdge(env: Env = {}): Promise<ServiceProcess> {
    const edge = this.#processes.add('edge', {
      ...this.#env,
      QUICK_MANAGER_URL: this.manager.url,
      ...env,
    });
    await edge.start();
    return edge;
  }

  /** To be called in a test: prints the last lines of every process if that test fails. */
  watch(): void {
    this.#processes.watch();
  }

  send(
    method: NonNullable<CallOptions['method']>,
    path: string,
    json?: unknown,
    manager: ServiceProcess = this.manager,
  ): Promise<Answer> {
    const headers = this.apiKey === '' ? {} : { 'x-api-key': this.apiKey };
    const body = json === undefined ? {} : { json };
    return call(`${manager.url}${path}`, { method, headers, ...body });
  }

  /** As `send`; throws unless the answer is a success. */
  async mustSend(
    method: NonNullable<CallOptions['method']>,
    path: string,
    json?: unknown,
  ): Promise<Answer> {
    const answer = await this.send(method, path, json);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    }
    return answer;
  }

  async resources(): Promise<readonly ManagedResource[]> {
    const answer = await this.mustSend('GET', '/status');
    return (answer.json() as { resources: ManagedResource[] }).resources;
  }

  /** `host:port` of all replicas of a resource, once it runs. */
  async addresses(kind: 'gateway' | 'mirror', name: string): Promise<readonly string[]> {
    return eventually(async () => {
      const resource = (await this.resources()).find(
        (each) => each.kind === kind && each.name === name,
      );
      const addresses = (resource?.status?.replicas ?? []).flatMap(({ address }) => address ?? []);
      if (resource?.status?.state !== 'Running' || addresses.length === 0) {
        throw new Error(`${kind} ${name} does not run: ${JSON.stringify(resource)}`);
      }
      return addresses;
    }, DEADLINE_MS);
  }

  /** What the runtime keeps of gateways and mirrors, as `kind/name`. */
  async directories(): Promise<readonly string[]> {
    const paths: string[] = [];
    for (const kind of ['gateway', 'mirror']) {
      const names = await readdir(join(this.runtimeDir, kind)).catch(() => []);
      paths.push(...names.map((name) => `${kind}/${name}`));
    }
    return paths;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes[Symbol.asyncDispose]();
    await endLeftovers(this.runtimeDir, { machineEnvironment: machineEnvironment(process.env) });
    await rm(this.directory, { recursive: true, force: true });
  }
}

interface Ground {
  readonly directory: string;
  readonly processes: ProcessGroup;
  readonly runtime: Env;
  readonly ingestPort: number;
}
