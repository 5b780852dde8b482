import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '@quicksilver/local-kafka/free-port';
import { TestRunner } from 'vitest';

import { testBroker, uniqueTopic } from '../kafka/broker.ts';
import { runtimePorts } from '../processes/port-range.ts';
import { ServiceProcess, type ServiceKind } from '../processes/service-process.ts';

export interface DeploymentOptions {
  /** Of a broker of one's own; by default the run's. */
  readonly bootstrapServer?: string;
  /** Further variables of the manager, which hands them to what it runs. */
  readonly managerEnv?: Readonly<Record<string, string>>;
}

/**
 * What users deploy to: the manager with its process runtime, ingest and the edge as processes on
 * a broker, with internal topics and keys of their own. The manager starts all the rest.
 */
export class Deployment implements AsyncDisposable {
  readonly apiKey: string;
  /** Of the edge: `/manager`, `/ingest` and `/gateway/{name}` are below it. */
  readonly url: string;
  readonly managerUrl: string;
  readonly ingestUrl: string;
  readonly #processes: readonly ServiceProcess[];
  readonly #closing: AsyncDisposableStack;

  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    await using closing = new AsyncDisposableStack();
    const dir = await mkdtemp(join(tmpdir(), 'quicksilver-deployment-'));
    closing.defer(() => rm(dir, { recursive: true, force: true }));
    const apiKey = `key-${randomUUID()}`;
    const shared = {
      QUICK_KAFKA_BOOTSTRAP_SERVER: options.bootstrapServer ?? testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: uniqueTopic('__registry'),
      QUICK_SERVICES_TOPIC_NAME: uniqueTopic('__services'),
      QUICK_API_KEYS: apiKey,
      QUICK_PEER_KEY: `peer-${randomUUID()}`,
    };
    const add = (kind: ServiceKind, env: Readonly<Record<string, string>>): ServiceProcess => {
      const logFile = join(dir, `${kind}.log`);
      const options = { name: kind, kind, logFile, env: { ...shared, ...env } };
      return closing.use(new ServiceProcess(options));
    };
    // The gateways that the manager starts need the address of ingest before ingest runs.
    const [ingestPort] = await freePorts(1);
    const manager = add('manager', {
      QUICK_INGEST_URL: `http://127.0.0.1:${ingestPort}`,
      QUICK_RESOURCES_TOPIC_NAME: uniqueTopic('__resources'),
      QUICK_STATUS_TOPIC_NAME: uniqueTopic('__status'),
      QUICK_RUNTIME_DIR: join(dir, 'runtime'),
      QUICK_RUNTIME_ON_STOP: 'end',
      ...(await runtimePorts()),
      ...options.managerEnv,
    });
    const ingest = add('ingest', { QUICK_PORT: String(ingestPort) });
    await Promise.all([manager.start(), ingest.start()]);
    const edge = add('edge', { QUICK_MANAGER_URL: manager.url, QUICK_INGEST_URL: ingest.url });
    await edge.start();
    return new Deployment(apiKey, [manager, ingest, edge], closing.move());
  }

  private constructor(
    apiKey: string,
    processes: readonly [ServiceProcess, ServiceProcess, ServiceProcess],
    closing: AsyncDisposableStack,
  ) {
    const [manager, ingest, edge] = processes;
    this.apiKey = apiKey;
    this.url = edge.url;
    this.managerUrl = manager.url;
    this.ingestUrl = ingest.url;
    this.#processes = processes;
    this.#closing = closing;
  }

  /** To be called in a test: prints the last lines of every process if that test fails. */
  watch(): void {
    TestRunner.getCurrentTest()?.context.onTestFailed(() => {
      const tails = this.#processes.map((each) => `--- ${each.name}\n${each.tail()}`);
      process.stderr.write(`${tails.join('\n')}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }
}
