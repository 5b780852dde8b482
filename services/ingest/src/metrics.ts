import {
  addProcessMetrics,
  counter,
  gauge,
  histogram,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';

export type OutcomeLabel = 'ok' | 'not_written' | 'unknown';

/** What the write queue reports; the names are in `createIngestMetrics`. */
export interface WriteMetrics {
  settled(topic: string, outcome: OutcomeLabel, records: number): void;
  /** One produce request came back. */
  produced(records: number, seconds: number): void;
  refused(): void;
}

/** What else ingest reports. */
export interface IngestMetrics extends WriteMetrics, ProcessMetrics {
  /** A record of an immutable topic whose key has one: found before it was sent, or after. */
  keyExisted(topic: string, found: 'before' | 'after'): void;
  /** A request with an Idempotency-Key. */
  keyed(result: 'new' | 'replayed' | 'in_flight' | 'mismatch'): void;
}

/** What gauges read. */
export interface IngestGauges {
  readonly load: () => QueueLoad;
  readonly answers: () => { readonly entries: number; readonly bytes: number };
  readonly isSharedCacheAway: () => boolean;
}

export interface QueueLoad {
  readonly records: number;
  readonly bytes: number;
}

export function createIngestMetrics(registry: Registry, gauges: IngestGauges): IngestMetrics {
  const processMetrics = addProcessMetrics(registry);
  addGauges(registry, gauges);
  const records = counter(registry, {
    name: 'ingest_records_total',
    help: 'Records by outcome. Sustained not_written or unknown: Kafka is away or too slow.',
    labels: ['topic', 'outcome'],
  });
  const refusals = counter(registry, {
    name: 'ingest_overloaded_total',
    help: 'Requests refused because the write queue was full. Sustained: add a replica.',
  });
  const seconds = histogram(registry, {
    name: 'ingest_produce_seconds',
    help: 'Time of one produce request. Sustained high values: the brokers are the bottleneck.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const gathered = histogram(registry, {
    name: 'ingest_produce_records',
    help: 'Records sent in one produce request. It grows with the load.',
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
  });
  const existed = counter(registry, {
    name: 'ingest_key_exists_total',
    help: 'Records of immutable topics refused because their key had one, found before or after they were sent. Sustained after: writers race for the same keys.',
    labels: ['topic', 'found'],
  });
  const keyed = counter(registry, {
    name: 'ingest_idempotent_requests_total',
    help: 'Requests with an Idempotency-Key, by what was known of them. Sustained mismatch: a client takes one key for different requests.',
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
    keyExisted: (topic, found) => existed.inc({ topic, found }),
  };
}

function addGauges(registry: Registry, { load, answers, isSharedCacheAway }: IngestGauges): void {
  gauge(registry, {
    name: 'ingest_queue_records',
    help: 'Records that wait for Kafka. Near its bound requests are refused.',
    collect: (made) => made.set(load().records),
  });
  gauge(registry, {
    name: 'ingest_queue_bytes',
    help: 'Bytes of the records that wait for Kafka. Near its bound requests are refused.',
    collect: (made) => made.set(load().bytes),
  });
  gauge(registry, {
    name: 'ingest_idempotency_entries',
    help: 'Requests with an Idempotency-Key that this process remembers. Near its bound the oldest are forgotten early.',
    collect: (made) => made.set(answers().entries),
  });
  gauge(registry, {
    name: 'ingest_idempotency_bytes',
    help: 'Bytes of the answers that this process remembers. Near its bound the oldest are forgotten early.',
    collect: (made) => made.set(answers().bytes),
  });
  gauge(registry, {
    name: 'ingest_shared_cache_away',
    help: '1 while QUICK_REDIS_URL is set and Redis does not answer: replicas do not know each other’s requests then.',
    collect: (made) => made.set(isSharedCacheAway() ? 1 : 0),
  });
}
