import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import type { OriginConfig } from '@quicksilver/common/http/origin-guard';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { KafkaClient } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';
import { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import { checkHosting, type MirrorConfig } from './config.ts';
import { HostedTopics, type Hosting } from './hosting/hosted-topics.ts';
import { dumpRoute } from './http/dump-route.ts';
import { keyShortcut } from './http/key-shortcut.ts';
import { mirrorRoutes } from './http/mirror-routes.ts';
import type { RouteNeeds } from './http/route-needs.ts';
import { createMirrorMetrics, type MirrorMetrics } from './metrics.ts';
import { PeerPlacement, printReports } from './hosting/peer-placement.ts';
import { QueryService } from './query/query-service.ts';
import { Forwarder } from './route/forwarder.ts';
import { Owners } from './route/owners.ts';
import { FetchLoop } from './source/fetch-loop.ts';
import { Steering } from './hosting/steering.ts';

/** What tests may replace. */
export interface MirrorSeams {
  readonly log: Log;
  readonly registry: Registry;
  readonly kafka: KafkaClient;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds between two questions to another replica about the places of keys. */
  readonly placementEveryMs: number;
}

/** Bytes of an answer that is passed on: a page or a batch at its limit, and its punctuation. */
const FORWARDED_BYTES_MAX = 70_000_000;

export function assembleMirror(config: MirrorConfig, given: Partial<MirrorSeams> = {}): Service {
  checkHosting(config);
  const log = given.log ?? createLog('mirror', config.logLevel);
  const registry = given.registry ?? createRegistry();
  const kafka = given.kafka ?? kafkaClient(config);
  const asksPeers = config.peers.length > 1 || config.mirrorName !== '';
  const keys = new ApiKeys({ config, log, asksPeers });
  const metrics = createMirrorMetrics(registry, () => topics);

  const entries = new TopicRegistry({ source: kafka.source(), topic: config.topicRegistry, log });
  const directory = config.mirrorName === '' ? undefined : openDirectory(config, kafka, log);
  const owners = createOwners(config, { directory, listening: () => http.address() });
  const loop = createLoop(config, { kafka, log, metrics });
  const values = new ValueReaders(config);
  const topics = new HostedTopics({
    ...config,
    topics: directory === undefined ? hostingOf(config) : undefined,
    root: config.dataDir,
    isPaused: config.pauseConsume,
    clock: given.clock ?? (() => Date.now()),
    registry: entries,
    ownedOf: (partitions) => owners.owned(partitions),
    ownedBy: (ordinal, partitions) => owners.ownedBy(ordinal, partitions),
    isFirstOwner: (partition) => owners.isFirst(partition),
    kafka,
    control: kafka.source(),
    loop,
    metrics,
    values,
    log,
  });
  const queries = new QueryService(config);
  const forwarder = createForwarder(config, { owners, keys, topics });
  const needs: RouteNeeds = {
    topics,
    queries,
    forward: forwarder.forward,
    ownersOf: (partition) => owners.addressesOf(partition),
    status: () => ({ ordinal: owners.ordinal, replicas: owners.replicas, topics: topics.status() }),
    places: () => printReports(topics.reports()),
    poison: () => topics.poison(),
    unindexed: () => topics.unindexed(),
    nonconforming: () => topics.nonconforming(),
    onAnswer: metrics.queried,
  };
  const http = httpServer(config, { keys, needs, log });
  const ops = opsServer(config, { keys, topics, entries, directory, registry, log });
  return {
    // The server before the topics: it answers, with 503, while they are restored.
    parts: [
      keys,
      ops,
      forwarderPart(forwarder),
      entries,
      http,
      loop,
      values,
      topics,
      new PeerPlacement({ owners, topics, peerKey: keys.peerKey, everyMs: given.placementEveryMs }),
      ...steering(config, { directory, owners, topics, log }),
    ],
    address: () => http.address(),
    opsAddress: () => ops.address(),
    rejectionUnhandled: metrics.rejectionUnhandled,
  };
}

function httpServer(
  config: MirrorConfig,
  { keys, needs, log }: { readonly keys: ApiKeys; readonly needs: RouteNeeds; readonly log: Log },
): HttpServer {
  return new HttpServer({
    name: 'mirror',
    host: config.host,
    port: config.port,
    log,
    keys,
    origins: originsOf(config),
    routes: (app) => mirrorRoutes(app, needs),
    shortcut: keyShortcut(needs),
  });
}

/** Replicas and gateways reach it by these addresses. */
function originsOf({
  allowedHosts,
  allowedOrigins,
  advertised,
  peers,
}: MirrorConfig): OriginConfig {
  const addresses = [...peers, ...(advertised === '' ? [] : [advertised])];
  const hosts = addresses.map((address) => address.replace(/:\d+$/, ''));
  return { allowedHosts: [...allowedHosts, ...hosts], allowedOrigins };
}

function hostingOf({ topics, arguments: given }: MirrorConfig): Hosting {
  return new Map(topics.map((topic) => [topic, given[topic] ?? {}]));
}

function openDirectory(config: MirrorConfig, kafka: KafkaClient, log: Log): ServiceDirectory {
  return new ServiceDirectory({ source: kafka.source(), topic: config.servicesTopic, log });
}

/** Stopped before the topics, so that none is opened while they are closed. */
function steering(
  config: MirrorConfig,
  needs: {
    readonly directory: ServiceDirectory | undefined;
    readonly owners: Owners;
    readonly topics: HostedTopics;
    readonly log: Log;
  },
): readonly Part[] {
  const { directory, owners, topics, log } = needs;
  return directory === undefined
    ? []
    : [directory, new Steering({ name: config.mirrorName, directory, owners, topics, log })];
}

function createOwners(
  config: MirrorConfig,
  needs: {
    readonly directory: ServiceDirectory | undefined;
    readonly listening: () => string;
  },
): Owners {
  const { mirrorName, ordinal, advertised } = config;
  const { directory, listening } = needs;
  const steered = (): string | undefined => directory?.mirror(mirrorName)?.addresses[ordinal];
  return new Owners({
    ordinal,
    ...(directory === undefined ? config : { peers: [], copies: 1 }),
    advertised: () => (advertised === '' ? (steered() ?? listening()) : advertised),
  });
}

function createForwarder(
  config: MirrorConfig,
  {
    owners,
    keys,
    topics,
  }: { readonly owners: Owners; readonly keys: ApiKeys; readonly topics: HostedTopics },
): Forwarder {
  return new Forwarder({
    partitionsOf: (topic) => topics.find(topic)?.partitions ?? 1,
    owners,
    timeoutMs: config.forwardTimeoutMs,
    answerBytesMax: FORWARDED_BYTES_MAX,
    peerKey: keys.peerKey,
  });
}

function createLoop(
  config: MirrorConfig,
  needs: { readonly kafka: KafkaClient; readonly log: Log; readonly metrics: MirrorMetrics },
): FetchLoop {
  return new FetchLoop({
    createSource: () => needs.kafka.source(),
    log: needs.log,
    maxWaitMs: config.fetchWaitMs,
    bufferBytesMax: config.fetchBufferBytes,
    partitionBytesMax: config.fetchPartitionBytes,
    stallMs: config.stallMs,
    onRenewed: () => needs.metrics.connectionsRenewed(),
  });
}

function opsServer(config: MirrorConfig, needs: OpsNeeds): OpsServer {
  const { keys, topics, entries, directory, registry, log } = needs;
  return new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    origins: originsOf(config),
    notReady: () =>
      [entries.notReady(), directory?.notReady(), topics.notReady()].filter(
        (why) => why !== undefined,
      ),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    ...(config.pauseConsume ? { routes: (app) => dumpRoute(app, topics) } : {}),
  });
}

interface OpsNeeds {
  readonly keys: ApiKeys;
  readonly topics: HostedTopics;
  readonly entries: TopicRegistry;
  readonly directory: ServiceDirectory | undefined;
  readonly registry: Registry;
  readonly log: Log;
}

function kafkaClient(config: MirrorConfig): KafkaClient {
  return createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-mirror',
    requestTimeoutMs: config.requestTimeoutMs,
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
