import { readFileSync } from 'node:fs';

import { ServiceDirectory } from '@quicksilver/common/control/service-directory';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import { createKafkaClient } from '@quicksilver/common/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/common/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';
import { TopicRegistry } from '@quicksilver/common/topics/topic-registry';

import type { ManagerConfig } from './config.ts';
import { managerApi } from './http/manager-api.ts';
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

/** What tests may replace, and what only `main.ts` knows. */
export interface ManagerSeams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
  readonly probes: Probes;
  readonly failpoint: Failpoint | undefined;
}

export interface ManagerGiven extends Partial<ManagerSeams> {
  /** One for each time that this manager leads. */
  readonly createRuntime: (log: Log) => Runtime;
}

export interface Manager {
  /** In the order of their start. */
  readonly parts: readonly Part[];
  /** `host:port`, once started. */
  address(): string;
  opsAddress(): string;
}

export function assembleManager(config: ManagerConfig, given: ManagerGiven): Manager {
  const log = given.log ?? createLog('manager', config.logLevel);
  const metricsRegistry = given.registry ?? createRegistry();
  const kafka = given.kafka ?? kafkaClient(config);
  const keys = new ApiKeys({ config, log, asksPeers: true });

  const { replicationFactor } = config;
  const admin = kafka.admin();
  const sink = kafka.sink();
  const topic = { admin, sink, replicationFactor, log };
  const internal = new InternalTopics({
    admin,
    topics: [
      { topic: config.resourcesTopic, replicationFactor },
      { topic: config.statusTopic, replicationFactor },
      { topic: config.servicesTopic, replicationFactor },
      { topic: config.topicRegistry, replicationFactor: config.registryReplicationFactor },
    ],
    log,
  });
  const resources = new ResourceLog({
    ...topic,
    source: kafka.source(),
    topic: config.resourcesTopic,
    writer: config.id,
  });
  const statuses = new StatusLog({
    ...topic,
    source: kafka.source(),
    topic: config.statusTopic,
  });
  const registry = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const services = new ServiceDirectory({
    source: kafka.source(),
    topic: config.servicesTopic,
    log,
  });
  const leader = new Leader({ resources, id: config.id, ttlMs: config.leaseMs, log });
  const metrics = createManagerMetrics(metricsRegistry, {
    isLeader: () => leader.isLeader,
    states: () => statuses.list().map(({ state }) => state),
  });
  const reconciler = new Reconciler({
    leader,
    createRuntime: () => given.createRuntime(log),
    keepsRunning: config.onStop === 'keep',
    resources,
    statuses,
    registry,
    services,
    admin,
    projections: {
      admin,
      sink,
      services,
      servicesTopic: config.servicesTopic,
      registryTopic: config.topicRegistry,
      replicationFactor,
    },
    probes: given.probes ?? httpProbes({ peerKey: keys.peerKey, log }),
    failpoint: given.failpoint,
    lookMs: config.lookMs,
    metrics,
    log,
  });
  const streams = new AbortController();
  const http = new HttpServer({
    name: 'manager',
    host: config.host,
    port: config.port,
    log,
    keys,
    bodyBytesMax: 4_194_304,
    routes: managerApi({
      desired: new DesiredState({ resources, statuses, waitMs: config.waitMs }),
      resources,
      statuses,
      registry,
      admin,
      runtime: () => reconciler.runtime,
      manager: { id: config.id, isLeader: () => leader.isLeader },
      defaults: {
        replicas: config.defaultReplicas,
        partitions: config.partitions,
        replicationFactor,
      },
      version: ownVersion(),
      stopping: streams.signal,
      log,
    }),
  });
  const views = [internal, resources, statuses, registry, services, reconciler];
  const ops = new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    notReady: () => views.map((view) => view.notReady()).filter((why) => why !== undefined),
    metrics: async () => ({
      contentType: metricsRegistry.contentType,
      body: await metricsRegistry.metrics(),
    }),
  });
  return {
    parts: [
      keys,
      ops,
      { name: 'kafka', start: () => Promise.resolve(), stop: () => closeBoth(admin, sink) },
      internal,
      resources,
      statuses,
      registry,
      services,
      leader,
      reconciler,
      http,
      endStreams(streams),
    ],
    address: () => http.address(),
    opsAddress: () => ops.address(),
  };
}

/** Streams have no end of their own: they are ended first, else the server would wait for them. */
function endStreams(streams: AbortController): Part {
  return {
    name: 'streams',
    start: () => Promise.resolve(),
    drain: () => Promise.resolve(streams.abort()),
    stop: () => Promise.resolve(streams.abort()),
  };
}

async function closeBoth(
  admin: { close(): Promise<void> },
  sink: { close(): Promise<void> },
): Promise<void> {
  await Promise.all([admin.close(), sink.close()]);
}

function kafkaClient(config: ManagerConfig): KafkaClient {
  return createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-manager',
    requestTimeoutMs: config.kafkaRequestTimeoutMs,
    decompressedBytesMax: config.decompressedBytesMax,
  });
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
