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

export interface EdgeLoad {
  readonly requests: () => number;
  readonly sockets: () => number;
}

export function createEdgeMetrics(registry: Registry): EdgeMetrics {
  const processMetrics = addProcessMetrics(registry);
  const requests = counter(registry, {
    name: 'edge_requests_total',
    help: 'Requests and WebSockets that ended, by route and class of the status; cut: a side left before the end.',
    labels: ['route', 'status'],
  });
  const failures = counter(registry, {
    name: 'edge_upstream_errors_total',
    help: 'Requests that no service answered. Sustained unreachable: it is down; late or broken: see its log; refused: its limit was reached.',
    labels: ['route', 'reason'],
  });
  return {
    ...processMetrics,
    answered: (route, status, isWhole) =>
      requests.inc({ route, status: isWhole ? `${Math.floor(status / 100)}xx` : 'cut' }),
    upstreamFailed: (route, reason) => failures.inc({ route, reason }),
  };
}

export function registerEdgeGauges(registry: Registry, load: EdgeLoad): void {
  gauge(registry, {
    name: 'edge_requests_open',
    help: 'Requests without a complete answer, streams of events included. Near the limit for one address more are refused.',
    collect: (made) => made.set(load.requests()),
  });
  gauge(registry, {
    name: 'edge_sockets_open',
    help: 'Open WebSockets. Near the limit for one address more are refused.',
    collect: (made) => made.set(load.sockets()),
  });
}
