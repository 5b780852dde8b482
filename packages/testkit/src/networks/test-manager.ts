import { readConfig } from '@quicksilver/common/config/option';
import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import type {
  PartitionStatus,
  RereadPartition,
  SkippedEntry,
} from '@quicksilver/contracts/mirror-api/contract';
import type { ServedRoute } from '@quicksilver/common/http/http-server';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient, TopicAdmin } from '@quicksilver/kafka/ports';
import { createLog } from '@quicksilver/common/observe/log';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import { assembleManager, type ManagerDeps } from '@quicksilver/manager/assemble';
import { managerOptions } from '@quicksilver/manager/config';
import type { Failpoint, StepPoint } from '@quicksilver/manager/reconcile/steps';

import { testBroker, uniqueTopic } from '../kafka/broker.ts';
import { CaughtUpView } from '../kafka/caught-up-view.ts';
import { call, type Answer, type CallOptions } from '../clients/http-call.ts';
import { MemoryRuntime } from '../runtime/memory-runtime.ts';
import { runService } from '../processes/run-service.ts';
import { untilReady } from '../processes/until-ready.ts';

const START_MS = 60_000;
const log = createLog('test', 'error');

export interface TestManager extends AsyncDisposable {
  readonly url: string;
  readonly opsUrl: string;
  readonly routes: readonly ServedRoute[];
  /** Whether it reached its point of failure. */
  isDead(): boolean;
  send(method: CallOptions['method'], path: string, json?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** From this point on the manager does nothing, as if it was killed there. */
  readonly dieAt?: StepPoint;
  readonly seams?: Partial<ManagerDeps>;
  /** False for a manager that will not become ready. */
  readonly awaitsReady?: boolean;
}

/**
 * Managers on the broker of the run, with their own state topics. They share one runtime in memory,
 * in which they find replicas as they would find processes.
 */
export class ManagerBench implements AsyncDisposable {
  readonly runtime = new MemoryRuntime();
  readonly kafka: KafkaClient;
  readonly admin: TopicAdmin;
  readonly registry: TopicRegistry;
  readonly services: ServiceDirectory;
  /** For a service beside the managers: Kafka, and the topics of the managers. */
  readonly kafkaEnv: Readonly<Record<string, string>>;
  /** The poison records of all mirrors. */
  readonly poison: SkippedEntry[] = [];
  /** The topic with the specs of resources. */
  readonly resourcesTopic = uniqueTopic('__resources');
  readonly #env: Readonly<Record<string, string>>;
  readonly #views: readonly CaughtUpView[];

  static async create(): Promise<ManagerBench> {
    const bench = new ManagerBench();
    const run = { signal: new AbortController().signal, fail: () => {} };
    await bench.registry.start(run);
    await bench.services.start(run);
    return bench;
  }

  private constructor() {
    const registry = uniqueTopic('__registry');
    const services = uniqueTopic('__services');
    this.kafkaEnv = {
      QUICK_KAFKA_BOOTSTRAP_SERVER: testBroker().bootstrapServer,
      QUICK_TOPIC_REGISTRY_TOPIC_NAME: registry,
      QUICK_SERVICES_TOPIC_NAME: services,
    };
    this.#env = {
      ...this.kafkaEnv,
      QUICK_RESOURCES_TOPIC_NAME: this.resourcesTopic,
      QUICK_STATUS_TOPIC_NAME: uniqueTopic('__status'),
      // A manager that is frozen for a moment stays the leader. A manager that stops releases its
      // lease.
      QUICK_MANAGER_LEASE_MS: '6000',
      QUICK_MANAGER_LOOK_MS: '200',
      QUICK_MANAGER_WAIT_MS: '25000',
      QUICK_PORT: '0',
      QUICK_OPS_PORT: '0',
    };
    this.kafka = createKafkaClient('platformatic', {
      bootstrapServers: [testBroker().bootstrapServer],
      clientId: 'manager-test',
      requestTimeoutMs: 30_000,
      decompressedBytesMax: 67_108_864,
    });
    this.admin = this.kafka.admin();
    const openSource = () => this.kafka.source();
    const topics = new CaughtUpView(registry, openSource);
    const entries = new CaughtUpView(services, openSource);
    this.#views = [topics, entries];
    this.registry = new TopicRegistry({ source: topics.source, topic: registry, log });
    this.services = new ServiceDirectory({ source: entries.source, topic: services, log });
  }

  /** Nothing is poison afterwards. */
  #retry(topic: string): readonly RereadPartition[] {
    const records = this.poisonOf(topic);
    this.poison.splice(0, Infinity, ...this.poison.filter((one) => !records.includes(one)));
    const partitions = [...new Set(records.map(({ partition }) => partition))];
    return partitions.map((partition) => ({
      partition,
      read: records.filter((one) => one.partition === partition).length,
      left: 0,
      isFinished: true,
    }));
  }

  poisonOf(topic: string): readonly SkippedEntry[] {
    return this.poison.filter((record) => record.topic === topic);
  }

  /** This bench, once `registry` and `services` have all current records of the managers. */
  async caughtUp(): Promise<this> {
    const signal = AbortSignal.timeout(START_MS);
    await Promise.all(this.#views.map((view) => view.untilCaughtUp(signal)));
    return this;
  }

  async start({
    env = {},
    dieAt,
    seams = {},
    awaitsReady = true,
  }: StartOptions = {}): Promise<TestManager> {
    const death = dieAt === undefined ? undefined : deadFrom(dieAt);
    const manager = assembleManager(readConfig(managerOptions, { ...this.#env, ...env }), {
      log,
      createRuntime: () => this.runtime,
      probes: {
        gateway: async (address) => {
          await this.caughtUp();
          return this.#gatewayAt(address);
        },
        mirror: async (address) => {
          await this.caughtUp();
          return this.#mirrorAt(address);
        },
        poison: (_address, topic) => Promise.resolve(this.poisonOf(topic)),
        retryPoison: (_address, topic) => Promise.resolve(this.#retry(topic)),
        size: () => Promise.resolve(undefined),
      },
      failpoint: death?.failpoint,
      ...seams,
    });
    const running = await runService(manager, { log, drainMs: 2_000 });
    const { url, opsUrl } = running;
    if (awaitsReady) {
      await untilReady(running, START_MS);
    }
    const end = async (): Promise<void> => running[Symbol.asyncDispose]();
    return {
      url,
      opsUrl,
      routes: manager.routes(),
      isDead: () => death?.isDead() === true,
      send: (method, path, json) =>
        call(`${url}${path}`, {
          ...(method === undefined ? {} : { method }),
          ...(json === undefined ? {} : { json }),
        }),
      stop: end,
      [Symbol.asyncDispose]: end,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.registry.stop(), this.services.stop(), this.admin.close()]);
    await Promise.all(this.#views.map((view) => view[Symbol.asyncDispose]()));
  }

  /** Responds as a gateway that serves the schema in the services topic. */
  #gatewayAt(address: string) {
    const entry = this.services.gateways().find(({ addresses }) => addresses.includes(address));
    return {
      schemaVersion: entry === undefined || entry.schema === null ? null : entry.version,
      bindings: [],
    };
  }

  /** Responds as a mirror that has read all its topics. */
  #mirrorAt(address: string) {
    const entry = this.services.mirrors().find(({ addresses }) => addresses.includes(address));
    const topics = (entry?.topics ?? []).map(({ topic }) => {
      const count = this.registry.get(topic)?.partitions ?? 0;
      const partitions = Array.from({ length: count }, (_none, partition) => ({
        partition,
        state: 'serving' as const,
        nextOffset: '0',
        endOffset: '0',
        lagRecords: '0',
        ...poisonStatus(this.poisonOf(topic).filter((one) => one.partition === partition)),
      }));
      return { topic, topicId: null, partitions };
    });
    return { ordinal: 0, replicas: 1, topics };
  }
}

function poisonStatus(
  records: readonly SkippedEntry[],
): Pick<PartitionStatus, 'poisonRecords' | 'lastPoison'> {
  const lastPoison = records.at(-1);
  return { poisonRecords: records.length, ...(lastPoison === undefined ? {} : { lastPoison }) };
}

/** Like a killed process: it runs no further step. */
function deadFrom(point: StepPoint): { readonly failpoint: Failpoint; isDead(): boolean } {
  let isDead = false;
  return {
    isDead: () => isDead,
    failpoint: (reached) => {
      isDead ||= reached === point;
      if (isDead) {
        throw new Error(`killed at ${point}`);
      }
    },
  };
}
