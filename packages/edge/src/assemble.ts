import { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import { createKafkaClient } from '@quicksilver/kafka/kafka-client';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part } from '@quicksilver/common/lifecycle/part';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { createLog } from '@quicksilver/common/observe/log';
import { createRegistry, type Registry } from '@quicksilver/common/observe/metrics-registry';

import type { EdgeConfig } from './config.ts';
import { AccessLog } from './http/access-log.ts';
import { edgeRoutes } from './http/edge-routes.ts';
import { Sockets } from './http/sockets.ts';
import { createEdgeMetrics, registerEdgeGauges } from './metrics.ts';
import { Forwarder } from './proxy/forwarder.ts';
import { OpenRequests } from './proxy/open-requests.ts';
import { Destinations, type Targets } from './route/destination.ts';

/** Dependencies that tests replace. */
export interface EdgeDeps {
  readonly log: Log;
  readonly registry: Registry;
  readonly targets: Targets & Part;
}

export function assembleEdge(config: EdgeConfig, deps: Partial<EdgeDeps> = {}): Service {
  const log = deps.log ?? createLog('edge', config.logLevel);
  const registry = deps.registry ?? createRegistry();
  const targets = deps.targets ?? serviceDirectory(config, log);

  const keys = new ApiKeys({ config, log, asksPeers: false });
  const metrics = createEdgeMetrics(registry);
  const access = new AccessLog(log, metrics);
  const destinations = new Destinations(targets, {
    manager: config.managerAddress,
    ingest: config.ingestAddress,
  });
  const openRequests = new OpenRequests(config.connectionsMax);
  const forwarder = new Forwarder({ ...config, openRequests });
  const sockets = new Sockets({
    ...config,
    keys,
    destinations,
    access,
    metrics,
    openRequests,
    log,
  });
  registerEdgeGauges(registry, { requests: () => forwarder.size, sockets: () => sockets.size });
  const http = new HttpServer({
    name: 'edge',
    host: config.host,
    port: config.port,
    log,
    keys,
    origins: config,
    routes: edgeRoutes({ destinations, forwarder, access, metrics }),
    onServer: sockets.attach,
  });
  const ops = new OpsServer({
    host: config.host,
    port: config.opsPort,
    log,
    keys,
    origins: config,
    notReady: () => [targets.notReady()].filter((reason) => reason !== undefined),
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  });
  return {
    // The last parts drain first: sockets and event streams are cut, then pending requests
    // complete.
    parts: [keys, ops, targets, http, forwarder, sockets],
    address: () => http.address(),
    opsAddress: () => ops.address(),
    rejectionUnhandled: metrics.rejectionUnhandled,
  };
}

function serviceDirectory(config: EdgeConfig, log: Log): ServiceDirectory {
  const kafka = createKafkaClient(config.kafkaClient, {
    bootstrapServers: config.bootstrapServers,
    clientId: 'quicksilver-edge',
    requestTimeoutMs: config.kafkaRequestTimeoutMs,
    decompressedBytesMax: config.decompressedBytesMax,
  });
  return new ServiceDirectory({ source: kafka.source(), topic: config.servicesTopic, log });
}
