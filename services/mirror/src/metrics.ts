import type { PartitionStatus, TopicStatus } from '@quicksilver/contracts/mirror-api/contract';
import {
  addProcessMetrics,
  counter,
  gauge,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';
import { hotHistogram, type HistogramSeries } from '@quicksilver/common/observe/hot-histogram';

import type { PartitionAge, TopicMetrics } from './hosting/topic-metrics.ts';
import type { AnswerKind } from './http/route-needs.ts';

/** The topics as they are when metrics are collected. */
export interface MeasuredTopics {
  status(): readonly TopicStatus[];
  ages(): readonly PartitionAge[];
}

/** What the parts of the mirror report. The names are in `createMirrorMetrics`. */
export interface MirrorMetrics extends ProcessMetrics, TopicMetrics {
  readonly queried: (kind: AnswerKind, status: number, seconds: number) => void;
  readonly connectionsRenewed: () => void;
}

const RESTORING: ReadonlySet<string> = new Set(['starting', 'restoring']);

export function createMirrorMetrics(
  registry: Registry,
  topics: () => MeasuredTopics,
): MirrorMetrics {
  const processMetrics = addProcessMetrics(registry);
  addStateGauges(registry, () => topics().status());
  addAgeGauge(registry, topics);
  const records = counter(registry, {
    name: 'mirror_applied_records_total',
    help: 'Records applied to the store.',
    labels: ['topic'],
  });
  const { poison, reread } = poisonCounters(registry);
  const unindexed = counter(registry, {
    name: 'mirror_unindexed_records_total',
    help: 'Records without a range, because their range field or range key is missing or of another type; GET /unindexed lists them. Only lookups by key find them.',
    labels: ['topic', 'partition'],
  });
  const nonconforming = counter(registry, {
    name: 'mirror_nonconforming_records_total',
    help: 'Records whose value does not have the type of the topic; GET /nonconforming lists them. They are served, and fields that do not fit return errors.',
    labels: ['topic', 'partition'],
  });
  const misplaced = counter(registry, {
    name: 'mirror_misplaced_records_total',
    help: "Records in another partition than Java's default partitioner chooses for their key. Lookups find them, but read all partitions of their topic that have such records. Sustained growth: a producer of the topic uses another partitioner.",
    labels: ['topic', 'partition'],
  });
  const { expired, tombstones } = retentionCounters(registry);
  const rebuilds = counter(registry, {
    name: 'mirror_rebuilds_total',
    help: 'Partitions rebuilt from their topic. More than one rebuild of each partition: the topic or the disk has a problem.',
    labels: ['topic', 'partition'],
  });
  const renewals = counter(registry, {
    name: 'mirror_connections_renewed_total',
    help: 'Replacements of the connections to Kafka, because no records or responses came. Sustained: the brokers or the network hang.',
  });
  const reopened = counter(registry, {
    name: 'mirror_store_reopened_total',
    help: 'Reopened stores after a failed write. Sustained: the disk is full or failing.',
    labels: ['topic'],
  });
  const missed = counter(registry, {
    name: 'mirror_schema_failures_total',
    help: 'Waits of records because the schema registry did not return their schema. Sustained: partitions of the topic make no progress until it does.',
    labels: ['topic'],
  });
  return {
    ...processMetrics,
    applied: (topic, count) => records.inc({ topic }, count),
    poisoned: (topic, partition) => poison.inc({ topic, partition: String(partition) }),
    reread: (topic, partition, count) => reread.inc({ topic, partition: String(partition) }, count),
    nonconforming: (topic, partition) => nonconforming.inc({ topic, partition: String(partition) }),
    unindexed: (topic, partition) => unindexed.inc({ topic, partition: String(partition) }),
    misplaced: (topic, partition) => misplaced.inc({ topic, partition: String(partition) }),
    expired: (topic, keys) => expired.inc({ topic }, keys),
    tombstoned: (topic, outcome, count) => tombstones.inc({ topic, outcome }, count),
    queried: queryTimes(registry),
    rebuilt: (topic, partition) => rebuilds.inc({ topic, partition: String(partition) }),
    connectionsRenewed: () => renewals.inc(),
    storeReopened: (topic) => reopened.inc({ topic }),
    schemaMissed: (topic) => missed.inc({ topic }),
  };
}

function poisonCounters(
  registry: Registry,
): Record<'poison' | 'reread', ReturnType<typeof counter<'topic' | 'partition'>>> {
  const poison = counter(registry, {
    name: 'mirror_poison_records_total',
    help: 'Poison records, which could not be decoded and were skipped; GET /poison lists them. Each one is data that readers miss.',
    labels: ['topic', 'partition'],
  });
  const reread = counter(registry, {
    name: 'mirror_reread_records_total',
    help: 'Poison records that were read again and are no longer poison, because their cause is gone.',
    labels: ['topic', 'partition'],
  });
  return { poison, reread };
}

function retentionCounters(
  registry: Registry,
): Record<'expired' | 'tombstones', ReturnType<typeof counter<'topic' | 'outcome'>>> {
  const expired = counter(registry, {
    name: 'mirror_expired_keys_total',
    help: 'Keys removed from the store because their newest record is older than the retention time.',
    labels: ['topic'],
  });
  const tombstones = counter(registry, {
    name: 'mirror_retention_tombstones_total',
    help: 'Records written to a topic with retention tombstones: written and failed tombstones, restored values that came just before their tombstone, and unclear ones. Sustained failed: the topic cannot be written. Any unclear: the log names the records; a value that was written at that moment may be deleted.',
    labels: ['topic', 'outcome'],
  });
  return { expired, tombstones };
}

function queryTimes(registry: Registry): MirrorMetrics['queried'] {
  const queries = hotHistogram(registry, {
    name: 'mirror_query_seconds',
    help: 'Time to respond to a request, by its kind and the class of the status. Sustained high values: the store does not fit its cache, or the process is short of CPU.',
    labels: ['kind', 'outcome'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const series = new Map<string, HistogramSeries>();
  return (kind, status, seconds) => {
    const outcome = `${Math.floor(status / 100)}xx`;
    const name = `${kind} ${outcome}`;
    const histogram = series.get(name) ?? queries.series({ kind, outcome });
    series.set(name, histogram);
    histogram.observe(seconds);
  };
}

function addStateGauges(registry: Registry, topics: () => readonly TopicStatus[]): void {
  const ofPartitions = (
    name: string,
    help: string,
    valueOf: (status: PartitionStatus) => number,
  ): void => {
    gauge(registry, {
      name,
      help,
      labels: ['topic', 'partition'],
      collect: (made) => {
        for (const { topic, partitions } of topics()) {
          for (const status of partitions) {
            made.set({ topic, partition: String(status.partition) }, valueOf(status));
          }
        }
      },
    });
  };
  const ofTopics = (name: string, help: string, valueOf: (status: TopicStatus) => number): void => {
    gauge(registry, {
      name,
      help,
      labels: ['topic'],
      collect: (made) => {
        for (const status of topics()) {
          made.set({ topic: status.topic }, valueOf(status));
        }
      },
    });
  };
  ofPartitions(
    'mirror_apply_lag_records',
    'Records between what is applied and the end of the partition. Sustained growth: the mirror does not keep up.',
    ({ lagRecords }) => Number(lagRecords),
  );
  ofPartitions(
    'mirror_restore_remaining_records',
    'Records until a restoring partition serves; 0 for one that serves.',
    ({ lagRecords, state }) => (RESTORING.has(state) ? Number(lagRecords) : 0),
  );
  ofPartitions(
    'mirror_unsettled_records',
    'Approximate number of records in sorted runs, whose lookups cost more. The mirror serves them. It falls to 0 after a topic was loaded. Constant: the disk or the CPU is at its limit.',
    ({ unsettledRecords = 0 }) => unsettledRecords,
  );
  ofPartitions(
    'mirror_skipped_records',
    'Poison records of the present generation, which lookups lack; GET /poison lists the latest. Unlike mirror_poison_records_total, it keeps its value over a restart. Anything but 0: read the reasons there.',
    ({ poisonRecords }) => poisonRecords,
  );
  ofTopics(
    'mirror_changed_schemas',
    'Ids of schemas that are not what they were for earlier records of the topic; GET /status lists them. Anything but 0: the schema registry was reset or is another one, and records that name them are passed over as poison.',
    ({ changedSchemas = [] }) => changedSchemas.length,
  );
  ofTopics(
    'mirror_serving_partitions',
    'Partitions that serve. Fewer than the replica owns: requests for the rest get 503.',
    ({ partitions }) =>
      partitions.filter(({ state }) => state === 'serving' || state === 'stalled').length,
  );
}

function addAgeGauge(registry: Registry, topics: () => MeasuredTopics): void {
  gauge(registry, {
    name: 'mirror_apply_lag_seconds',
    help: 'Seconds since the partition was applied to the end that Kafka reported, which is the greatest age of a response. Missing until then. Below a second for a mirror that keeps up. Sustained growth: it does not keep up, or Kafka does not respond.',
    labels: ['topic', 'partition'],
    collect: (made) => {
      for (const { topic, partition, seconds } of topics().ages()) {
        made.set({ topic, partition: String(partition) }, seconds);
      }
    },
  });
}
