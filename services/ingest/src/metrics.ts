import {
  addProcessMetrics,
  counter,
  gauge,
  histogram,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';

export type OutcomeLabel = 'ok' | 'not_written' | 'unknown';

/** Reported by the write queue. `createIngestMetrics` has the metric names. */
export interface WriteMetrics {
  settled(topic: string, outcome: OutcomeLabel, records: number): void;
  /** One produce request completed. */
  produced(records: number, seconds: number): void;
  refused(): void;
}

/** Other events of ingest. */
export interface IngestMetrics extends WriteMetrics, ProcessMetrics {
  /** A record of an immutable topic whose key exists, detected before or after sending. */
  readonly keyExisted: (topic: string, moment: 'before' | 'after') => void;
  /** A request with an Idempotency-Key. */
  readonly keyed: (result: 'new' | 'replayed' | 'in_flight' | 'mismatch') => void;
}

/** Values of the gauges. */
export interface IngestGauges {
  readonly queueSize: () => QueueSize;
  readonly answers: () => { readonly entries: number; readonly bytes: number };
  readonly isSharedCacheAway: () => boolean;
}

export interface QueueSize {
  readonly records: number;
  readonly bytes: number;
}

export function createIngestMetrics(registry: Registry, gauges: IngestGauges): IngestMetrics {
  const processMetrics = addProcessMetrics(registry);
  addGauges(registry, gauges);
  const records = counter(registry, {
    name: 'ingest_records_total',
    help: 'Records by outcome. If not_written or unknown keeps growing, Kafka is unavailable or too slow.',
    labels: ['topic', 'outcome'],
  });
  const refusals = counter(registry, {
    name: 'ingest_overloaded_total',
    help: 'Requests rejected because the write queue was full. If this keeps growing, add a replica.',
  });
  const seconds = histogram(registry, {
    name: 'ingest_produce_seconds',
    help: 'Time of one produce request. If it stays high, the brokers are the bottleneck.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const gathered = histogram(registry, {
    name: 'ingest_produce_records',
    help: 'Records in one produce request. It grows with the load.',
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
  });
  const existed = counter(registry, {
    name: 'ingest_key_exists_total',
    help: 'Records of immutable topics rejected because their key already exists, detected before or after sending. If after keeps growing, writers race for the same keys.',
    labels: ['topic', 'found'],
  });
  const keyed = counter(registry, {
    name: 'ingest_idempotent_requests_total',
    help: 'Requests with an Idempotency-Key, by state of the key. If mismatch keeps growing, a client uses one key for different requests.',
    labels: ['result'],
  });
  return {
    ...processMetrics,
    settled: (topic, outcome, count) => records.inc({ topic, outcome }, count),
    produced: (count, took) => {
      gathered.observe(count);
      seconds.observe(took);
    },
    refused: () => refusals.inc(),
    keyed: (result) => keyed.inc({ result }),
    keyExisted: (topic, moment) => existed.inc({ topic, found: moment }),
  };
}

function addGauges(
  registry: Registry,
  { queueSize, answers, isSharedCacheAway }: IngestGauges,
): void {
  gauge(registry, {
    name: 'ingest_queue_records',
    help: 'Records that wait for Kafka. At the limit, requests are rejected.',
    collect: (made) => made.set(queueSize().records),
  });
  gauge(registry, {
    name: 'ingest_queue_bytes',
    help: 'Bytes of the records that wait for Kafka. At the limit, requests are rejected.',
    collect: (made) => made.set(queueSize().bytes),
  });
  gauge(registry, {
    name: 'ingest_idempotency_entries',
    help: 'Requests with an Idempotency-Key in the memory of this process. At the limit, the oldest are dropped early.',
    collect: (made) => made.set(answers().entries),
  });
  gauge(registry, {
    name: 'ingest_idempotency_bytes',
    help: 'Bytes of the responses in the memory of this process. At the limit, the oldest are dropped early.',
    collect: (made) => made.set(answers().bytes),
  });
  gauge(registry, {
    name: 'ingest_shared_cache_away',
    help: '1 if QUICK_REDIS_URL is set and Redis does not respond. Replicas then do not share idempotency keys.',
    collect: (made) => made.set(isSharedCacheAway() ? 1 : 0),
  });
}
