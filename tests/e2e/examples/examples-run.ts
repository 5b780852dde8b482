import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { awaitGateways } from '@quicksilver/cli/dev/await-gateways';
import { Display } from '@quicksilver/cli/output/display';
import { createRegisteredTopics } from '@quicksilver/cli/dev/create-registered-topics';
import { registerSchemas } from '@quicksilver/cli/dev/register-schemas';
import { deployProject } from '@quicksilver/cli/dev/project-deployment';
import { awaitLoaded } from '@quicksilver/cli/load/await-loaded';
import { openProjectData, type ProjectData } from '@quicksilver/cli/load/project-data';
import { loadProjectData } from '@quicksilver/cli/load/project-loader';
import { createSender } from '@quicksilver/cli/manager/http-call';
import { managerAt } from '@quicksilver/cli/manager/manager-client';
import { readProject } from '@quicksilver/cli/project/read-project';
import { Secret } from '@quicksilver/common/config/secret';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import { call } from '@quicksilver/testkit/http-call';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';
import { testBroker } from '@quicksilver/testkit/broker';
import { OwnBroker } from '@quicksilver/testkit/own-broker';
import { OwnSchemaRegistry } from '@quicksilver/testkit/own-schema-registry';
import { createClient } from 'graphql-sse';

import { ROOT } from '../../repo/text-files.ts';

const WITHIN_MS = 300_000;
const run = promisify(execFile);

/** All examples on one deployment, deployed by the code of `quick dev`. */
export class ExamplesRun implements AsyncDisposable {
  readonly network: ManagedNetwork;
  readonly #ground: Ground;
  readonly #url: string;
  readonly #closing: AsyncDisposableStack;

  /** The examples have topics with fixed names, hence a broker of its own. */
  static async start(env: Readonly<Record<string, string>>): Promise<ExamplesRun> {
    await using closing = new AsyncDisposableStack();
    const broker = closing.use(await OwnBroker.start({ jarsDir: testBroker().jarsDir }));
    const { bootstrapServer } = broker;
    const registry = closing.use(await OwnSchemaRegistry.start());
    const withRegistry = { ...env, QUICK_KAFKA_SCHEMA_REGISTRY_URL: registry.url };
    const options = { bootstrapServer, env: withRegistry, needsKey: true };
    const network = closing.use(await ManagedNetwork.start(options));
    const { url } = await network.startEdge();
    const ground = { network, bootstrapServer, registryUrl: registry.url };
    return new ExamplesRun(ground, url, closing.move());
  }

  private constructor(ground: Ground, url: string, closing: AsyncDisposableStack) {
    this.network = ground.network;
    this.#ground = ground;
    this.#url = url;
    this.#closing = closing;
  }

  /** Resolves once everything of the example runs and its data can be read. */
  async deploy(name: string): Promise<ProjectData> {
    const { apiKey } = this.network;
    const url = this.#url;
    const [managerUrl, ingestUrl] = [this.network.manager.url, this.network.ingest.url];
    const signal = AbortSignal.timeout(WITHIN_MS);
    const nowhere = { write: () => true };
    const around = {
      env: {},
      cwd: ROOT,
      home: ROOT,
      nodePath: process.execPath,
      stdin: new PassThrough(),
      stdout: nowhere,
      stderr: nowhere,
      signal,
    };
    const display = new Display({ screen: nowhere, env: {}, now: () => performance.now() });
    const target = {
      ...{ name, managerUrl, ingestUrl, gatewayUrl: () => '', key: apiKey, brokers: [] },
      kafkaVariables: {},
    };
    const manager = managerAt(target, createSender(target, around, false));
    const loaded = await readProject(join(ROOT, 'examples', name), undefined, around);
    const data = await openProjectData(loaded);
    await createRegisteredTopics(loaded.project, this.#kafka(), signal);
    await registerSchemas(loaded, this.#ground.registryUrl, signal);
    const sick = await deployProject({ loaded, manager, display }, signal);
    requireNone(sick, 'resources that do not run');
    const access = (at: string) => ({ url: at, key: new Secret(apiKey) });
    const ends = await loadProjectData(
      {
        topics: data.topics,
        ingest: access(ingestUrl),
        memory: { has: () => Promise.resolve(false), add: () => Promise.resolve() },
        idOf: (topic) => Promise.resolve(topic),
        display,
      },
      signal,
    );
    await awaitLoaded(ends, access(url), signal);
    const silent = await awaitGateways(
      Object.keys(loaded.project.gateways ?? {}),
      access(url),
      signal,
    );
    requireNone(silent, 'gateways that do not respond');
    signal.throwIfAborted();
    return data;
  }

  async graphql(name: string, query: string): Promise<unknown> {
    const { apiKey } = this.network;
    const headers = { 'x-api-key': apiKey };
    return (await call(this.#gatewayOf(name), { json: { query }, headers })).json();
  }

  async write(topic: string, record: unknown): Promise<number> {
    const { apiKey, ingest } = this.network;
    const headers = { 'x-api-key': apiKey };
    return (await call(`${ingest.url}/${topic}`, { json: record, headers })).status;
  }

  /**
   * The first matching event of a subscription, which may get earlier changes first. A subscription
   * has no acknowledgement, so the cause is repeated until the event arrives.
   */
  async firstEvent(
    name: string,
    query: string,
    cause: () => Promise<unknown>,
    isMeant: (event: unknown) => boolean = () => true,
  ): Promise<unknown> {
    const client = createClient({
      url: this.#gatewayOf(name),
      headers: { 'x-api-key': this.network.apiKey },
      singleConnection: false,
      retryAttempts: 0,
    });
    const heard = new AbortController();
    const end = AbortSignal.any([heard.signal, AbortSignal.timeout(WITHIN_MS)]);
    end.addEventListener('abort', () => client.dispose());
    const causing = (async () => {
      while (!end.aborted) {
        await cause();
      }
    })();
    let last: unknown;
    try {
      for await (const event of client.iterate({ query })) {
        last = event;
        if (isMeant(event)) {
          break;
        }
      }
    } finally {
      heard.abort();
      await causing;
    }
    return last;
  }

  /** Runs a command of a page in a shell, against this deployment. */
  async shell(command: string): Promise<unknown> {
    const { apiKey } = this.network;
    const here = command
      .replaceAll('http://127.0.0.1:8080', this.#url)
      .replaceAll(/\bcurl /g, `curl -sS -H 'X-API-Key: ${apiKey}' `);
    const { stdout } = await run('sh', ['-c', here], { timeout: WITHIN_MS });
    return JSON.parse(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }

  #kafka(): KafkaClient {
    return createKafkaClient('platformatic', {
      bootstrapServers: [this.#ground.bootstrapServer],
      clientId: 'examples',
      requestTimeoutMs: WITHIN_MS,
      decompressedBytesMax: 67_108_864,
    });
  }

  #gatewayOf(name: string): string {
    return `${this.#url}/gateway/${name}/graphql`;
  }
}

interface Ground {
  readonly network: ManagedNetwork;
  readonly bootstrapServer: string;
  readonly registryUrl: string;
}

function requireNone(items: readonly unknown[], what: string): void {
  if (items.length > 0) {
    throw new Error(`${what}: ${JSON.stringify(items)}`);
  }
}
