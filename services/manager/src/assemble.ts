import type { ServedRoute } from '@quicksilver/common/http/http-server';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { ServiceKit, type Seams } from '@quicksilver/service/service-kit';

import type { ManagerConfig } from './config.ts';
import { endStreams } from './http/end-streams.ts';
import { managerApi } from './http/manager-api.ts';
import { createManagerMetrics } from './metrics.ts';
import { Leader } from './reconcile/leader.ts';
import { allKinds, probesWith, type Probes } from './kinds.ts';
import { openKinds } from './open-kinds.ts';
import { httpAsk } from './reconcile/ask-replica.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import type { Failpoint } from './reconcile/steps.ts';
import type { Runtime } from './runtime/runtime.ts';
import { KeyStore } from './state/key-store.ts';
import { openState } from './state/open-state.ts';

/** Dependencies that tests replace, and values that only `main.ts` can provide. */
export interface ManagerDeps extends Seams {
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

export function assembleManager(config: ManagerConfig, options: AssembleManagerOptions): Manager {
  const kit = new ServiceKit({ name: 'manager', config, asksPeers: true, seams: options });
  const { log, keys } = kit;
  const { servicesTopic } = config;
  const { replicationFactor } = config.defaults;
  const registryTopic = config.kafka.topicRegistry;
  const state = openState({ ...config, registryTopic, replicationFactor }, kit);
  const { admin, sink, resources, statuses, services } = state;

  const opened = openKinds(config, state, kit.kafka);
  const { schemas, schemaRegistry } = opened;
  const ask = httpAsk({ peerKey: keys.peerKey, log });
  const kinds = allKinds(opened, options.probes ?? probesWith(ask));
  const leader = new Leader({ resources, id: config.id, ttlMs: config.leaseMs, log });
  const isLeader = (): boolean => leader.isLeader;
  const metrics = createManagerMetrics(kit.registry, {
    isLeader,
    states: () => statuses.list().map((status) => status.state),
  });
  const reconciler = new Reconciler({
    ...state,
    leader,
    createRuntime: () => options.createRuntime(log),
    keepsRunning: config.onStop === 'keep',
    projections: { admin, sink, services, servicesTopic, registryTopic, replicationFactor },
    kinds,
    failpoint: options.failpoint,
    lookMs: config.lookMs,
    metrics,
    log,
  });
  const streams = new AbortController();
  const http = kit.httpServer({
    bodyBytesMax: 8_388_608,
    slashMethods: new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']),
    routes: managerApi({
      ...opened,
      kinds,
      keyStore: new KeyStore({ admin, sink, services, topic: servicesTopic, replicationFactor }),
      requiresKeys: () => keys.isRequired,
      runtime: () => reconciler.runtime,
      manager: { id: config.id, isLeader, ...reconciler.facts },
      stopping: streams.signal,
      log,
    }),
  });
  const { parts } = state;
  const service = kit.service({
    http,
    parts: [...parts, leader, reconciler, schemas, schemaRegistry, http, endStreams(streams)],
    awaits: [...parts, reconciler],
    metrics,
  });
  return { ...service, routes: () => http.routes };
}
