import {
  addProcessMetrics,
  counter,
  gauge,
  histogram,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';

/** One function for each event that is counted. */
export interface GatewayMetrics extends ProcessMetrics {
  readonly operations: OperationMetrics;
  readonly documents: DocumentMetrics;
  readonly mirrorAnswered: (call: { topic: string; kind: string; ok: boolean; ms: number }) => void;
  readonly recordWritten: (topic: string, outcome: string, ms: number) => void;
  readonly restAnswered: (host: string, outcome: string, ms: number) => void;
  readonly feedEvent: (topic: string, outcome: string, dropped: number) => void;
  readonly socketClosed: (code: number) => void;
  readonly socketPaused: () => void;
  readonly schemaChanged: (outcome: 'served' | 'refused') => void;
}

export interface OperationMetrics {
  readonly onBatch: (topic: string, keys: number) => void;
  /** `limit` is the name of the limit that an operation exceeds. */
  readonly onLimit: (limit: string) => void;
  /** An operation let others run. */
  readonly onTurn: () => void;
}

export interface DocumentMetrics {
  /** `limit` is the name of the limit that a document exceeds. */
  readonly onRefused: (limit: string) => void;
  /** An operation begins. Returns what to call at its end. */
  readonly onRun: () => () => void;
}

/** The sources of the gauges. They are read at every scrape. */
export interface GatewayGauges {
  readonly feeds: { sizes(): ReadonlyMap<string, number> };
  readonly sockets: { readonly size: number };
  /** The known sizes of topics. */
  readonly sizes: { sizes(): ReadonlyMap<string, { readonly keys: number }> };
  /** The version of the served schema. Undefined if there is none or it has no version. */
  readonly schema: { readonly version: number | undefined };
  /** Undefined if there is no shared cache. */
  readonly shared: { readonly isAway: boolean } | undefined;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const processMetrics = addProcessMetrics(registry);
  const operations = operationMetrics(registry);
  const mirrorSeconds = histogram(registry, {
    name: 'gateway_mirror_seconds',
    help: 'Time until the complete response of a mirror. If it rises for long, or outcome is error, check the mirror of this topic.',
    labels: ['topic', 'kind', 'outcome'],
    buckets: SECONDS,
  });
  const writeSeconds = histogram(registry, {
    name: 'gateway_write_seconds',
    help: 'Time until the response of ingest to a mutation. Writes with outcome=unknown may or may not be done: check ingest and the network.',
    labels: ['topic', 'outcome'],
    buckets: SECONDS,
  });
  const restSeconds = histogram(registry, {
    name: 'gateway_rest_seconds',
    help: 'Time until the complete response of a REST service (@rest). outcome is ok or the code of the error. UPSTREAM_UNREACHABLE includes names that resolve to forbidden addresses, which the log contains.',
    labels: ['host', 'outcome'],
    buckets: SECONDS,
  });
  const feedEvents = counter(registry, {
    name: 'gateway_feed_events_total',
    help: 'Records of followed topics that have a subscriber. outcome=poison counts skipped records that cannot be decoded. outcome=loser counts later writes of a key in an immutable topic.',
    labels: ['topic', 'outcome'],
  });
  const feedDropped = counter(registry, {
    name: 'gateway_feed_dropped_total',
    help: 'Subscriptions that ended because the client did not keep up. A sustained rate means that clients or networks are too slow for the topic.',
    labels: ['topic'],
  });
  const socketClosed = counter(registry, {
    name: 'gateway_websocket_closed_total',
    help: 'WebSockets that the gateway closed, by close code.',
    labels: ['code'],
  });
  const socketPauses = counter(registry, {
    name: 'gateway_websocket_pauses_total',
    help: 'Times that the gateway did not read a WebSocket for up to 10 seconds, because its client exceeded QUICK_WEBSOCKET_MESSAGES_PER_SECOND_MAX.',
  });
  const schemaChanges = counter(registry, {
    name: 'gateway_schema_changes_total',
    help: 'Schemas that arrived through Kafka. If outcome is refused, the gateway cannot serve the schema and keeps the previous one. GET /control/status on the operators’ port shows the reason.',
    labels: ['outcome'],
  });
  return {
    ...processMetrics,
    operations,
    documents: { onRefused: operations.onLimit, onRun: runningOperations(registry) },
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
    socketPaused: () => socketPauses.inc(),
    schemaChanged: (outcome) => schemaChanges.inc({ outcome }),
  };
}

function runningOperations(registry: Registry): DocumentMetrics['onRun'] {
  let running = 0;
  gauge(registry, {
    name: 'gateway_operations',
    help: 'Queries and mutations that run at the moment. A constant high value means that mirrors, ingest or REST services respond slowly, or that results are large.',
    collect: (metric) => metric.set(running),
  });
  return () => {
    running += 1;
    return () => (running -= 1);
  };
}

function operationMetrics(registry: Registry): OperationMetrics {
  const batchKeys = histogram(registry, {
    name: 'gateway_batch_keys',
    help: 'Keys of one batch to a mirror. If most batches have size 1, clients query objects one by one.',
    labels: ['topic'],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000],
  });
  const refusals = counter(registry, {
    name: 'gateway_refused_operations_total',
    help: 'Operations that exceed a limit. tokens, depth, aliases, directives and cost are limits of a document before it runs, and the others of the operation while it runs: values, bytes-read, bytes-returned and time. A sustained rate means that a client sends too large operations, or that a limit is too low.',
    labels: ['limit'],
  });
  const turns = counter(registry, {
    name: 'gateway_operation_turns_total',
    help: 'Turns in which an operation with long lists let other operations run. A high rate means that large results take the time of this process.',
  });
  return {
    onBatch: (topic, keys) => batchKeys.observe({ topic }, keys),
    onLimit: (limit) => refusals.inc({ limit }),
    onTurn: () => turns.inc(),
  };
}

export function registerGatewayGauges(
  registry: Registry,
  { feeds, sockets, schema, sizes, shared }: GatewayGauges,
): void {
  gauge(registry, {
    name: 'gateway_feed_subscribers',
    help: 'Subscribers of each followed topic. A topic without a feed has no line.',
    labels: ['topic'],
    collect: (metric) => {
      metric.reset();
      for (const [topic, size] of feeds.sizes()) {
        metric.set({ topic }, size);
      }
    },
  });
  gauge(registry, {
    name: 'gateway_topic_values',
    help: 'Values of each listed topic, as estimates of the cost of operations use them. A topic of unknown size has no line.',
    labels: ['topic'],
    collect: (metric) => {
      metric.reset();
      for (const [topic, { keys }] of sizes.sizes()) {
        metric.set({ topic }, keys);
      }
    },
  });
  gauge(registry, {
    name: 'gateway_schema_version',
    help: 'Version of the served schema, 0 without one. Replicas that stay behind cannot read Kafka or cannot serve the schema.',
    collect: (metric) => metric.set(schema.version ?? 0),
  });
  gauge(registry, {
    name: 'gateway_websockets',
    help: 'Open WebSockets. Growth without new clients means that clients do not close them.',
    collect: (metric) => metric.set(sockets.size),
  });
  gauge(registry, {
    name: 'gateway_shared_cache_away',
    help: '1 while QUICK_REDIS_URL is set and Redis does not respond. Replicas then do not share persisted queries.',
    collect: (metric) => metric.set(shared?.isAway === true ? 1 : 0),
  });
}
