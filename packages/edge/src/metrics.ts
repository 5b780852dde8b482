import {
  addProcessMetrics,
  counter,
  gauge,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';

import type { RouteKind } from './route/route.ts';

export interface EdgeMetrics extends ProcessMetrics {
  answered(route: RouteKind | 'none', status: number, isWhole: boolean): void;
  upstreamFailed(route: RouteKind, reason: UpstreamFailure): void;
}

export type UpstreamFailure = 'unreachable' | 'late' | 'broken' | 'refused';

export interface EdgeGauges {
  readonly requests: () => number;
  readonly sockets: () => number;
}

export function createEdgeMetrics(registry: Registry): EdgeMetrics {
  const processMetrics = addProcessMetrics(registry);
  const requests = counter(registry, {
    name: 'edge_requests_total',
    help: 'Requests and WebSockets that ended, by route and status class. cut means that one side disconnected early.',
    labels: ['route', 'status'],
  });
  const failures = counter(registry, {
    name: 'edge_upstream_errors_total',
    help: 'Requests without a response from a service. If unreachable keeps growing, the service is down. For late or broken, see its log. refused means that the connection limit was reached.',
    labels: ['route', 'reason'],
  });
  return {
    ...processMetrics,
    answered: (route, status, isWhole) =>
      requests.inc({ route, status: isWhole ? `${Math.floor(status / 100)}xx` : 'cut' }),
    upstreamFailed: (route, reason) => failures.inc({ route, reason }),
  };
}

export function registerEdgeGauges(registry: Registry, gauges: EdgeGauges): void {
  gauge(registry, {
    name: 'edge_requests_open',
    help: 'Open requests, including event streams. At the limit for one address, more are rejected.',
    collect: (made) => made.set(gauges.requests()),
  });
  gauge(registry, {
    name: 'edge_sockets_open',
    help: 'Open WebSockets. At the limit for one address, more are rejected.',
    collect: (made) => made.set(gauges.sockets()),
  });
}
