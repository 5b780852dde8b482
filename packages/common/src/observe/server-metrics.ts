import { counter, gauge, type Registry } from './metrics-registry.ts';

/** The HTTP server as it is when metrics are collected. */
export interface MeasuredServer {
  /** Open connections. */
  readonly connections: number;
  /** Bytes of responses that clients have not read yet. */
  readonly unreadBytes: number;
}

/** The metrics of the port of every service. Returns what counts a refusal by a limit's name. */
export function addServerMetrics(
  registry: Registry,
  server: () => MeasuredServer,
): (limit: string) => void {
  gauge(registry, {
    name: 'http_connections',
    help: 'Open connections to the port of the service, including WebSockets. At QUICK_CONNECTIONS_MAX more are rejected.',
    collect: (metric) => metric.set(server().connections),
  });
  gauge(registry, {
    name: 'http_unread_response_bytes',
    help: 'Bytes of responses that clients have not read yet. At QUICK_RESPONSE_BYTES_MAX requests are rejected. A constant high value means that clients read slowly.',
    collect: (metric) => metric.set(server().unreadBytes),
  });
  const refusals = counter(registry, {
    name: 'http_refusals_total',
    help: 'Connections and requests that exceed a limit of the port: connections, address-connections, response-bytes, connection-response-bytes, body-time (a body that hardly arrives) and request-time (a request that is not complete in time). A sustained rate means that one client uses too much, or that a limit is too low.',
    labels: ['limit'],
  });
  return (limit) => refusals.inc({ limit });
}
