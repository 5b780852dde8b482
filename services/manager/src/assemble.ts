import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { packageVersion } from '@quicksilver/common/config/package-version';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer, type ServedRoute } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient, RecordSink, TopicAdmin } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';
import { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import type { ManagerConfig } from './config.ts';
import { SchemaReader } from './gateways/schema-reader.ts';
import { managerApi } from './http/manager-api.ts';
import type { ApiDeps } from './http/api-deps.ts';
import { createManagerMetrics } from './metrics.ts';
import { Leader } from './reconcile/leader.ts';
import { httpProbes } from './reconcile/probe.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import type { Failpoint } from './reconcile/steps.ts';
import type { Probes } from './reconcile/term.ts';
import type { Runtime } from './runtime/runtime.ts';
import { DesiredState } from './state/desired-state.ts';
import { InternalTopics } from './state/internal-topics.ts';
import { ResourceLog } from './state/resource-log.ts';
import { StatusLog } from './state/status-log.ts';

/** Dependencies that tests replace, and values that only `main.ts` can provide. */
export interface ManagerDeps {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
  readonly probes: Probes;
  readonly failpoint: Failpoint | undefined;
}

export interface AssembleManagerOptions extends Partial<ManagerDeps> {
  /** Creates the runtime of one leader term. */
  readonly createRuntime: (log: Log) => Runtime;
}

export interface Manager extends Service {
  /** The routes of the HTTP server, once it has started. */
  routes(): readonly ServedRoute[];
}

const SERVER = {
  name: 'manager',
  bodyBytesMax: 8_388_608,
  slashMethods: new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']),
};

export function assembleManager(config: ManagerConfig, options: AssembleManagerOptions): Manager {
  const log = options.log ?? createLog('manager', config.logLevel);
  const registry = options.registry ?? createRegistry();
  const keys = new ApiKeys({ config, log, asksPeers: true });
  const state = openState(config, options.kafka ?? kafkaClient(config), log);
  const { admin, sink, resources, statuses, services } = state;

  const leader = new Leader({ resources, id: config.id, ttlMs: config.leaseMs, log });
  const isLeader = (): boolean => leader.isLeader;
  const metrics = createManagerMetrics(registry, {
    isLeader,
    states: () => statuses.list().map((status) => status.state),
  });
  const reconciler = new Reconciler({
    ...state,
    leader,
    createRuntime: () => options.createRuntime(log),
    keepsRunning: config.onStop === 'keep',
    projections: { admin, sink, services, ...topicsOf(config) },
    probes: options.probes ?? httpProbes({ peerKey: keys.peerKey, log }),
    failpoint: options.failpoint,
    lookMs: config.lookMs,
    metrics,
    log,
  });
  const schemas = new SchemaReader();
  const schemaRegistry = openSchemaRegistry(config);
  const streams = new AbortController();
  const http = new HttpServer({
    ...SERVER,
    host: config.host,
    port: config.port,
    log,
    keys,
    origins: config,
    routes: managerApi({
      ...state,
      schemas,
      restHosts: config.restHosts,
      imageRegistries: config.imageRegistries,
      schemaRegistry,
      desired: new DesiredState({ resources, statuses, waitMs: config.waitMs }),
      runtime: () => reconciler.runtime,
      manager: { id: config.id, isLeader, ...reconciler.facts },
      defaults: defaultsOf(config),
      version: packageVersion(),
      stopping: streams.signal,
      log,
    }),
  });
  const ops = opsServer(config, { keys, parts: [...state.parts, reconciler], registry, log });
  return {
    parts: [
      keys,
      ops,
      ...state.parts,
      leader,
      reconciler,
      schemas,
      ...(schemaRegistry === undefined ? [] : [schemaRegistry]),
      http,
      endStreams(streams),
    ],
    address: () => http.address(),
    opsAddress: () => ops.address(),
    rejectionUnhandled: metrics.rejectionUnhandled,
    routes: () => http.routes,
  };
}

interface OpsServerOptions {
  readonly keys: ApiKeys;
  readonly parts: readonly Part[];
  readonly registry: Registry;
  readonly log: Log;
}

function opsServer(
  config: ManagerConfig,
  { keys, parts, registry, log }: OpsServerOptions,
): OpsServer {
  return new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    origins: config,
    notReady: () => notReady(parts),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  });
}

interface State {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly services: ServiceDirectory;
  /** In start order. */
  readonly parts: readonly Part[];
}

/** The state in Kafka: the desired state, its status, and the entries for the data plane. */
function openState(config: ManagerConfig, kafka: KafkaClient, log: Log): State {
  const { replicationFactor, resourcesTopic, statusTopic, servicesTopic } = config;
  const admin = kafka.admin();
  const sink = kafka.sink();
  const shared = { admin, sink, replicationFactor, log };
  const resources = new ResourceLog({
    ...shared,
    source: kafka.source(),
    topic: resourcesTopic,
    writer: config.id,
  });
  const statuses = new StatusLog({ ...shared, source: kafka.source(), topic: statusTopic });
  const registry = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const services = new ServiceDirectory({ source: kafka.source(), topic: servicesTopic, log });
  const internal = new InternalTopics({
    admin,
    topics: [
      ...[resourcesTopic, statusTopic, servicesTopic].map((topic) => ({
        topic,
        replicationFactor,
      })),
      { topic: config.topicRegistry, replicationFactor: config.registryReplicationFactor },
    ],
    log,
  });
  const kafkaPart = {
    name: 'kafka',
    start: () => Promise.resolve(),
    stop: async () => void (await Promise.all([admin.close(), sink.close()])),
  };
  const parts = [kafkaPart, internal, resources, statuses, registry, services];
  return { admin, sink, resources, statuses, registry, services, parts };
}

function topicsOf({ servicesTopic, topicRegistry, replicationFactor }: ManagerConfig): {
  readonly servicesTopic: string;
  readonly registryTopic: string;
  readonly replicationFactor: number;
} {
  return { servicesTopic, registryTopic: topicRegistry, replicationFactor };
}

function notReady(parts: readonly Part[]): string[] {
  return parts.map((part) => part.notReady?.()).filter((why) => why !== undefined);
}

function defaultsOf(config: ManagerConfig): ApiDeps['defaults'] {
  const { defaultReplicas: replicas, partitions, replicationFactor } = config;
  return { replicas, partitions, replicationFactor };
}

/**
 * Event streams never end by themselves. They end first; otherwise the server would wait for them.
 */
function endStreams(streams: AbortController): Part {
  return {
    name: 'streams',
    start: () => Promise.resolve(),
    drain: () => Promise.resolve(streams.abort()),
    stop: () => Promise.resolve(streams.abort()),
  };
}

function openSchemaRegistry({
  schemaRegistry: address,
  schemaRegistryTimeoutMs: timeoutMs,
}: ManagerConfig): SchemaRegistry | undefined {
  return address && new SchemaRegistry({ address, timeoutMs });
}

function kafkaClient(config: ManagerConfig): KafkaClient {
  return createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-manager',
    requestTimeoutMs: config.requestTimeoutMs,
    decompressedBytesMax: config.decompressedBytesMax,
  });
}
