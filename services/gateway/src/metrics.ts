import {
  addProcessMetrics,
  counter,
  gauge,
  histogram,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';

/** Called where something worth counting happens. */
export interface GatewayMetrics extends ProcessMetrics {
  readonly batchAsked: (topic: string, keys: number) => void;
  readonly mirrorAnswered: (call: { topic: string; kind: string; ok: boolean; ms: number }) => void;
  readonly recordWritten: (topic: string, outcome: string, ms: number) => void;
  readonly restAnswered: (host: string, outcome: string, ms: number) => void;
  readonly feedEvent: (topic: string, outcome: string, dropped: number) => void;
  readonly socketClosed: (code: number) => void;
  readonly schemaChanged: (outcome: 'served' | 'refused') => void;
}

/** What the gauges are read from when someone asks for the metrics. */
export interface GatewayGauges {
  readonly feedSizes: () => ReadonlyMap<string, number>;
  readonly sockets: () => number;
  /** Version of the schema that is served; undefined where there is none or it has no version. */
  readonly schemaVersion: () => number | undefined;
  readonly isSharedCacheAway: () => boolean;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const processMetrics = addProcessMetrics(registry);
  const batchKeys = histogram(registry, {
    name: 'gateway_batch_keys',
    help: 'Keys that one level of an operation asks a mirror for at once. Many ones mean queries that ask for single objects.',
    labels: ['topic'],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000],
  });
  const mirrorSeconds = histogram(registry, {
    name: 'gateway_mirror_seconds',
    help: 'Time until a mirror has answered a request completely. A sustained rise, or outcome=error, means that the mirror of this topic needs a look.',
    labels: ['topic', 'kind', 'outcome'],
    buckets: SECONDS,
  });
  const writeSeconds = histogram(registry, {
    name: 'gateway_write_seconds',
    help: 'Time until ingest has answered a mutation. outcome=unknown are writes of which nobody knows whether they were done: ingest or the network between needs a look.',
    labels: ['topic', 'outcome'],
    buckets: SECONDS,
  });
  const restSeconds = histogram(registry, {
    name: 'gateway_rest_seconds',
    help: 'Time until a REST service of @rest has answered completely. outcome is ok or the code of the error: UPSTREAM_UNREACHABLE also counts names that lead to addresses that are not allowed, which the log names.',
    labels: ['host', 'outcome'],
    buckets: SECONDS,
  });
  const feedEvents = counter(registry, {
    name: 'gateway_feed_events_total',
    help: 'Records of followed topics that someone listens to. outcome=poison counts those that are not of the type of the topic and were passed over, outcome=loser later writes of a key of an immutable topic.',
    labels: ['topic', 'outcome'],
  });
  const feedDropped = counter(registry, {
    name: 'gateway_feed_dropped_total',
    help: 'Subscribers that were ended because they did not keep up. A sustained rate means clients or networks that are too slow for the topic.',
    labels: ['topic'],
  });
  const socketClosed = counter(registry, {
    name: 'gateway_websocket_closed_total',
    help: 'WebSockets that the gateway has closed, by close code. 4429 are clients over their rate.',
    labels: ['code'],
  });
  const schemaChanges = counter(registry, {
    name: 'gateway_schema_changes_total',
    help: 'Schemas that came through Kafka. outcome=refused are those that this gateway cannot serve, while it goes on with the one before: GET /control/status on the operators’ port says why.',
    labels: ['outcome'],
  });
  return {
    ...processMetrics,
    batchAsked: (topic, keys) => batchKeys.observe({ topic }, keys),
    mirrorAnswered: ({ topic, kind, ok, ms }) =>
      mirrorSeconds.observe({ topic, kind, outcome: ok ? 'ok' : 'error' }, ms / 1_000),
    recordWritten: (topic, outcome, ms) => writeSeconds.labels(topic, outcome).observe(ms / 1_000),
    restAnswered: (host, outcome, ms) => restSeconds.labels(host, outcome).observe(ms / 1_000),
    feedEvent: (topic, outcome, dropped) => {
      feedEvents.inc({ topic, outcome });
      if (dropped > 0) {
        feedDropped.inc({ topic }, dropped);
      }
    },
    socketClosed: (code) => socketClosed.inc({ code: String(code) }),
    schemaChanged: (outcome) => schemaChanges.inc({ outcome }),
  };
}

export function registerGatewayGauges(registry: Registry, gauges: GatewayGauges): void {
  gauge(registry, {
    name: 'gateway_feed_subscribers',
    help: 'Subscribers of each topic that is followed now. A topic that nobody follows has no line.',
    labels: ['topic'],
    collect: (made) => {
      made.reset();
      for (const [topic, size] of gauges.feedSizes()) {
        made.set({ topic }, size);
      }
    },
  });
  gauge(registry, {
    name: 'gateway_schema_version',
    help: 'Version of the schema that is served, 0 without one. Replicas that stay behind the others cannot read Kafka or refuse the schema.',
    collect: (made) => made.set(gauges.schemaVersion() ?? 0),
  });
  gauge(registry, {
    name: 'gateway_websockets',
    help: 'Open WebSockets. Growth without new clients means that clients do not close them.',
    collect: (made) => made.set(gauges.sockets()),
  });
  gauge(registry, {
    name: 'gateway_shared_cache_away',
    help: '1 while QUICK_REDIS_URL is set and Redis does not answer: replicas do not know each other’s persisted queries then.',
    collect: (made) => made.set(gauges.isSharedCacheAway() ? 1 : 0),
  });
}
