import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { endLeftovers } from '@quicksilver/manager/runtime/process/end-leftovers';
import { machineEnvironment } from '@quicksilver/manager/runtime/process/machine-environment';

import { testBroker, uniqueTopic } from '../kafka/broker.ts';
import { eventually } from '../basics/eventually.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { runtimePorts } from '../processes/port-range.ts';
import { ServiceProcess } from '../processes/service-process.ts';

const DEADLINE_MS = 90_000;

export interface ManagedResource {
  readonly kind: string;
  readonly name: string;
  readonly status: {
    readonly state: string;
    readonly replicas: readonly { readonly address?: string; readonly restarts: number }[];
  } | null;
}

/** A real manager that runs real services, and ingest, with topics for their state of their own. */
export class ManagedNetwork implements AsyncDisposable {
  readonly directory: string;
  readonly manager: ServiceProcess;
  readonly ingest: ServiceProcess;
  readonly registryTopic: string;
  readonly #env: Readonly<Record<string, string>>;

  /** `env` is for the manager and, by it, for all that it runs. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<ManagedNetwork> {
    const directory = await mkdtemp(join(tmpdir(), 'quicksilver-managed-'));
    const network = new ManagedNetwork(directory, { ...(await runtimePorts()), ...env });
    await Promise.all([network.manager.start(), network.ingest.start(false)]);
    return network;
  }

  private constructor(directory: string, env: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.registryTopic = uniqueTopic('__registry');
    this.#env = {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: this.registryTopic,
    };
    const managed = {
      ...this.#env,
      ...env,
      QUICK_SERVICES_TOPIC_NAME: uniqueTopic('__services'),
      QUICK_RESOURCES_TOPIC_NAME: uniqueTopic('__resources'),
      QUICK_STATUS_TOPIC_NAME: uniqueTopic('__status'),
      // One that comes back leads at once.
      QUICK_MANAGER_ID: randomUUID(),
      QUICK_MANAGER_LOOK_MS: '200',
      QUICK_RUNTIME_DIR: this.runtimeDir,
    };
    this.#env = managed;
    this.manager = this.managerWith({});
    this.ingest = new ServiceProcess({
      name: 'ingest',
      kind: 'ingest',
      env: this.#env,
      logFile: join(directory, 'ingest.log'),
    });
  }

  get runtimeDir(): string {
    return join(this.directory, 'runtime');
  }

  /** Another process of the manager, for when this one does not run. */
  managerWith(env: Readonly<Record<string, string>>): ServiceProcess {
    return new ServiceProcess({
      name: 'manager',
      kind: 'manager',
      env: { ...this.#env, ...env },
      logFile: join(this.directory, 'manager.log'),
    });
  }

  /** One port in front of all of it; to be started once the manager and ingest run. */
  edgeWith(env: Readonly<Record<string, string>>): ServiceProcess {
    return new ServiceProcess({
      name: 'edge',
      kind: 'edge',
      env: {
        ...this.#env,
        QUICK_MANAGER_URL: this.manager.url,
        QUICK_INGEST_URL: this.ingest.url,
        ...env,
      },
      logFile: join(this.directory, 'edge.log'),
    });
  }

  send(
    method: NonNullable<CallOptions['method']>,
    path: string,
    json?: unknown,
    manager: ServiceProcess = this.manager,
  ): Promise<Answer> {
    return call(`${manager.url}${path}`, { method, ...(json === undefined ? {} : { json }) });
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
      const found = (await this.resources()).find(
        (each) => each.kind === kind && each.name === name,
      );
      const addresses = (found?.status?.replicas ?? []).flatMap(({ address }) => address ?? []);
      if (found?.status?.state !== 'Running' || addresses.length === 0) {
        throw new Error(`${kind} ${name} does not run: ${JSON.stringify(found)}`);
      }
      return addresses;
    }, DEADLINE_MS);
  }

  /** What the runtime keeps of gateways and mirrors, as `kind/name`. */
  async directories(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const kind of ['gateway', 'mirror']) {
      const names = await readdir(join(this.runtimeDir, kind)).catch(() => []);
      found.push(...names.map((name) => `${kind}/${name}`));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.manager[Symbol.asyncDispose](), this.ingest[Symbol.asyncDispose]()]);
    await endLeftovers(this.runtimeDir, { machineEnvironment: machineEnvironment(process.env) });
    await rm(this.directory, { recursive: true, force: true });
  }
}
