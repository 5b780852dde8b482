import type { Part } from '@quicksilver/common/lifecycle/part';
import type { Service } from '@quicksilver/common/lifecycle/service';
import { ServiceKit, type Seams } from '@quicksilver/service/service-kit';

import type { EdgeConfig } from './config.ts';
import { AccessLog } from './http/access-log.ts';
import { edgeRoutes, isPageRequest } from './http/edge-routes.ts';
import { Sockets } from './http/sockets.ts';
import { createEdgeMetrics, registerEdgeGauges } from './metrics.ts';
import { Forwarder } from './proxy/forwarder.ts';
import { OpenRequests } from './proxy/open-requests.ts';
import { Destinations, type Targets } from './route/destination.ts';
import { routeOf } from './route/route.ts';

/** Dependencies that tests replace. */
export interface EdgeSeams extends Seams {
  readonly targets: Targets & Part;
}

export function assembleEdge(config: EdgeConfig, seams: Partial<EdgeSeams> = {}): Service {
  const kit = new ServiceKit({ name: 'edge', config, seams });
  const { keys, log } = kit;
  const metrics = createEdgeMetrics(kit.registry);
  const access = new AccessLog(log, metrics);

  const targets = seams.targets ?? kit.serviceDirectory(config.servicesTopic);
  const destinations = new Destinations(targets, {
    manager: config.managerAddress,
    ingest: config.ingestAddress,
  });
  const openRequests = new OpenRequests(config.proxy.connectionsMax);
  const forwarder = new Forwarder({ ...config.proxy, openRequests });
  const sockets = new Sockets({
    ...config.proxy,
    keys,
    destinations,
    access,
    metrics,
    openRequests,
    log,
  });
  registerEdgeGauges(kit.registry, {
    requests: () => forwarder.size,
    sockets: () => sockets.size,
  });

  const http = kit.httpServer({
    isOpen: isPageRequest,
    // Pages of other origins may use the data, not the control of the deployment.
    isShared: (url) => routeOf(url).kind !== 'manager',
    routes: edgeRoutes({
      destinations,
      targets,
      keys,
      forwarder,
      access,
      metrics,
      timeouts: config.proxy,
    }),
    onServer: sockets.attach,
  });
  return kit.service({
    http,
    // The last parts drain first: sockets and event streams are cut, then pending requests
    // complete.
    parts: [targets, http, forwarder, sockets],
    awaits: [targets],
    metrics,
  });
}
