import { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { ServiceKit, type Seams } from '@quicksilver/service/service-kit';

import { checkHosting, hostingOf, serverOf, type MirrorConfig } from './config.ts';
import { HostedTopics } from './hosting/hosted-topics.ts';
import { hostingReport } from './hosting/hosting-report.ts';
import { PeerPlacement } from './hosting/peer-placement.ts';
import { Steering } from './hosting/steering.ts';
import { dumpRoute } from './http/dump-route.ts';
import { keyShortcut } from './http/key-shortcut.ts';
import { mirrorRoutes } from './http/mirror-routes.ts';
import type { RouteNeeds } from './http/route-needs.ts';
import { createMirrorMetrics } from './metrics.ts';
import { QueryService } from './query/query-service.ts';
import { createOwners } from './route/create-owners.ts';
import { Forwarder } from './route/forwarder.ts';
import { HttpRemoteReads } from './route/http-remote-reads.ts';
import { FetchLoop } from './source/fetch-loop.ts';

/** What tests may replace. */
export interface MirrorSeams extends Seams {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds between two requests for the placement reports of another replica. */
  readonly placementEveryMs: number;
}

export function assembleMirror(config: MirrorConfig, seams: Partial<MirrorSeams> = {}): Service {
  checkHosting(config);
  const { mirrorName: name, replica, pauseConsume: isPaused } = config;
  const isSteered = name !== '';
  const kit = new ServiceKit({
    name: 'mirror',
    config: { ...config, server: serverOf(config) },
    asksPeers: replica.peers.length > 1 || isSteered,
    seams,
  });
  const { log, kafka } = kit;
  const { peerKey } = kit.keys;
  const metrics = createMirrorMetrics(kit.registry, () => topics);

  const registry = kit.topicRegistry(config.kafka.topicRegistry);
  const directory = isSteered ? kit.serviceDirectory(config.servicesTopic) : undefined;
  const owners = createOwners(replica, { name, directory, listening: () => http.address() });
  const loop = new FetchLoop({
    ...config.fetch,
    createSource: () => kafka.source(),
    stallMs: config.stallMs,
    onRenewed: metrics.connectionsRenewed,
    log,
  });
  const values = new ValueReaders(config.schemas);
  const topics = new HostedTopics({
    ...config,
    ...config.memory,
    topics: isSteered ? undefined : hostingOf(config),
    root: config.dataDir,
    isPaused,
    clock: seams.clock ?? Date.now,
    registry,
    owners,
    kafka,
    control: kafka.source(),
    loop,
    metrics,
    values,
    log,
  });
  const placement = new PeerPlacement({ owners, topics, peerKey, everyMs: seams.placementEveryMs });
  const steering = directory && new Steering({ name, directory, owners, topics, log });

  const forwarder = new Forwarder({
    partitionsOf: (topic) => topics.find(topic)?.partitions ?? 1,
    owners,
    timeoutMs: config.forwardTimeoutMs,
    peerKey,
  });
  const needs: RouteNeeds = {
    ...hostingReport(topics, owners, config.dataDir),
    topics,
    queries: new QueryService(config),
    remote: new HttpRemoteReads(forwarder),
    ownersOf: (partition) => owners.addressesOf(partition),
    onAnswer: metrics.queried,
  };
  const shortcut = keyShortcut(needs);
  const http = kit.dataServer({ shortcut, routes: (app) => mirrorRoutes(app, needs) });
  return kit.service({
    http,
    // The server responds, with 503, while the topics are restored. Steering stops before the
    // topics, so that none is opened while they are closed.
    parts: [forwarder, registry, http, loop, values, topics, placement, directory, steering],
    awaits: [registry, directory, topics],
    ...(isPaused ? { routes: (app) => dumpRoute(app, topics) } : {}),
    metrics,
  });
}
