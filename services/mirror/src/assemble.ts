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

import { checkReplicas, type MirrorConfig } from './config.ts';
import { HostedTopics } from './hosted-topics.ts';
import { dumpRoute } from './http/dump-route.ts';
import { keyShortcut } from './http/key-shortcut.ts';
import { mirrorRoutes } from './http/mirror-routes.ts';
import type { RouteNeeds } from './http/route-needs.ts';
import { createMirrorMetrics } from './metrics.ts';
import { QueryService } from './query/query-service.ts';
import { Forwarder } from './route/forwarder.ts';
import { Owners } from './route/owners.ts';
import { FetchLoop } from './source/fetch-loop.ts';

/** What tests may replace. */
export interface MirrorSeams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
}

export interface Mirror {
  /** In the order of their start. */
  readonly parts: readonly Part[];
  /** `host:port`, once started. */
  address(): string;
  opsAddress(): string;
}

/** Bytes of an answer that is passed on: a page or a batch at its limit, and its punctuation. */
const FORWARDED_BYTES_MAX = 70_000_000;

export function assembleMirror(config: MirrorConfig, given: Partial<MirrorSeams> = {}): Mirror {
  checkReplicas(config);
  const log = given.log ?? createLog('mirror', config.logLevel);
  const registry = given.registry ?? createRegistry();
  const kafka = given.kafka ?? kafkaClient(config);
  const keys = new ApiKeys({ config, log, asksPeers: config.peers.length > 1 });
  const metrics = createMirrorMetrics(registry, () => topics.status());

  const entries = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const owners = new Owners({
    ...config,
    advertised: () => (config.advertised === '' ? http.address() : config.advertised),
  });
  const loop = new FetchLoop({
    createSource: () => kafka.source(),
    log,
    maxWaitMs: config.fetchWaitMs,
    bufferBytesMax: config.fetchBufferBytes,
    partitionBytesMax: config.fetchPartitionBytes,
    stallMs: config.stallMs,
    onRenewed: () => metrics.connectionsRenewed(),
  });
  const topics = new HostedTopics({
    ...config,
    root: config.dataDir,
    isPaused: config.pauseConsume,
    registry: entries,
    ownedOf: (partitions) => owners.owned(partitions),
    control: kafka.source(),
    loop,
    metrics,
    log,
  });
  const queries = new QueryService(config);
  const forwarder = new Forwarder({
    owners,
    timeoutMs: config.forwardTimeoutMs,
    answerBytesMax: FORWARDED_BYTES_MAX,
    peerKey: keys.peerKey,
  });
  const needs: RouteNeeds = {
    topics,
    queries,
    forward: forwarder.forward,
    ownersOf: (partition) => owners.addressesOf(partition),
    status: () => ({ ordinal: owners.ordinal, replicas: owners.replicas, topics: topics.status() }),
    poison: () => topics.poison(),
    onAnswer: metrics.queried,
  };
  const http = new HttpServer({
    name: 'mirror',
    host: config.host,
    port: config.port,
    log,
    keys,
    routes: (app) => mirrorRoutes(app, needs),
    shortcut: keyShortcut(needs),
  });
  const ops = opsServer(config, { keys, topics, entries, registry, log });
  return {
    // The server before the topics: it answers, with 503, while they are restored.
    parts: [keys, ops, forwarderPart(forwarder), entries, http, loop, topics],
    address: () => http.address(),
    opsAddress: () => ops.address(),
  };
}

function opsServer(config: MirrorConfig, needs: OpsNeeds): OpsServer {
  const { keys, topics, entries, registry, log } = needs;
  return new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    notReady: () => [entries.notReady(), topics.notReady()].filter((why) => why !== undefined),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    ...(config.pauseConsume ? { routes: (app) => dumpRoute(app, topics) } : {}),
  });
}

interface OpsNeeds {
  readonly keys: ApiKeys;
  readonly topics: HostedTopics;
  readonly entries: TopicRegistry;
  readonly registry: Registry;
  readonly log: Log;
}

function kafkaClient(config: MirrorConfig): KafkaClient {
  return createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-mirror',
    requestTimeoutMs: config.kafkaRequestTimeoutMs,
    decompressedBytesMax: config.decompressedBytesMax,
  });
}

function forwarderPart(forwarder: Forwarder): Part {
  return {
    name: 'forwarder',
    start: () => Promise.resolve(),
    stop: () => forwarder.close(),
  };
}
