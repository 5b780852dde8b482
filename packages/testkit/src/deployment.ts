import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TestRunner } from 'vitest';

import { testBroker, uniqueTopic } from './broker.ts';
import { ServiceProcess, type ServiceKind } from './service-process.ts';

/**
 * What users deploy to: the manager with its process runtime, ingest and the edge as processes on
 * the run's broker, with internal topics and keys of their own. The manager starts all the rest.
 */
export class Deployment implements AsyncDisposable {
  readonly apiKey: string;
  /** Of the edge: `/manager`, `/ingest` and `/gateway/{name}` are below it. */
  readonly url: string;
  readonly #processes: readonly ServiceProcess[];
  readonly #closing: AsyncDisposableStack;

  static async start(): Promise<Deployment> {
    await using closing = new AsyncDisposableStack();
    const dir = await mkdtemp(join(tmpdir(), 'quicksilver-deployment-'));
    closing.defer(() => rm(dir, { recursive: true, force: true }));
    const apiKey = `key-${randomUUID()}`;
    const shared = {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
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
    const manager = add('manager', {
      QUICK_RESOURCES_TOPIC_NAME: uniqueTopic('__resources'),
      QUICK_STATUS_TOPIC_NAME: uniqueTopic('__status'),
      QUICK_RUNTIME_DIR: join(dir, 'runtime'),
      QUICK_RUNTIME_ON_STOP: 'end',
    });
    const ingest = add('ingest', {});
    await Promise.all([manager.start(), ingest.start()]);
    const edge = add('edge', { QUICK_MANAGER_URL: manager.url, QUICK_INGEST_URL: ingest.url });
    await edge.start();
    return new Deployment(apiKey, [manager, ingest, edge], edge.url, closing.move());
  }

  private constructor(
    apiKey: string,
    processes: readonly ServiceProcess[],
    url: string,
    closing: AsyncDisposableStack,
  ) {
    this.apiKey = apiKey;
    this.url = url;
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
