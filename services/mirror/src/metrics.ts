import type { PartitionStatus, TopicStatus } from '@quicksilver/contracts/mirror-api/contract';
import {
  addProcessMetrics,
  counter,
  gauge,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';
import { hotHistogram, type HistogramSeries } from '@quicksilver/common/observe/hot-histogram';

/** What is asked when metrics are collected. */
export interface MeasuredTopics {
  status(): readonly TopicStatus[];
  ages(): readonly PartitionAge[];
}

export interface PartitionAge {
  readonly topic: string;
  readonly partition: number;
  /** Since it was applied up to its end. */
  readonly seconds: number;
}

/** What the parts of the mirror report; the names are in `createMirrorMetrics`. */
export interface MirrorMetrics extends ProcessMetrics {
  readonly applied: (topic: string, records: number) => void;
  readonly poisoned: (topic: string, partition: number) => void;
  readonly unindexed: (topic: string, partition: number) => void;
  readonly nonconforming: (topic: string, partition: number) => void;
  readonly misplaced: (topic: string, partition: number) => void;
  readonly expired: (topic: string, keys: number) => void;
  readonly tombstoned: (topic: string, outcome: TombstoneOutcome, records: number) => void;
  readonly queried: (kind: QueryKind, status: number, seconds: number) => void;
  readonly rebuilt: (topic: string, partition: number) => void;
  readonly connectionsRenewed: () => void;
  readonly storeReopened: (topic: string) => void;
  readonly schemaMissed: (topic: string) => void;
}

/**
 * `written` · `failed` not written, tried again with a later sweep · `restored` a newer record came
 * between and was written again behind · `unclear` whether one came between is not known, or it could
 * not be written again.
 */
export type TombstoneOutcome = 'written' | 'failed' | 'restored' | 'unclear';

export type QueryKind = 'key' | 'batch' | 'list' | 'range' | 'other';

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
  const poison = counter(registry, {
    name: 'mirror_poison_records_total',
    help: 'Records that could not be read and were passed over; GET /poison lists them. Each one is data that readers miss.',
    labels: ['topic', 'partition'],
  });
  const unindexed = counter(registry, {
    name: 'mirror_unindexed_records_total',
    help: 'Records that stand in no range because their range field or range key is missing or of another type; GET /unindexed lists them. They are found by their key only.',
    labels: ['topic', 'partition'],
  });
  const nonconforming = counter(registry, {
    name: 'mirror_nonconforming_records_total',
    help: 'Records whose value does not have the type of the topic; GET /nonconforming lists them. They are served, and fields that do not fit return errors.',
    labels: ['topic', 'partition'],
  });
  const misplaced = counter(registry, {
    name: 'mirror_misplaced_records_total',
    help: "Records in another partition than Java's default partitioner chooses for their key. They are found, but lookups in their topic ask all partitions that have such records. Sustained growth: a producer of the topic uses another partitioner.",
    labels: ['topic', 'partition'],
  });
  const { expired, tombstones } = retentionCounters(registry);
  const rebuilds = counter(registry, {
    name: 'mirror_rebuilds_total',
    help: 'Partitions built anew from their topic. More than one for each partition: something is wrong with the topic or the disk.',
    labels: ['topic', 'partition'],
  });
  const renewals = counter(registry, {
    name: 'mirror_connections_renewed_total',
    help: 'Times the connections to Kafka were replaced because nothing came. Sustained: the brokers or the network hang.',
  });
  const reopened = counter(registry, {
    name: 'mirror_store_reopened_total',
    help: 'Times a store was opened anew after a failed write. Sustained: the disk is full or failing.',
    labels: ['topic'],
  });
  const missed = counter(registry, {
    name: 'mirror_schema_failures_total',
    help: 'Times that records had to wait because the schema registry could not be asked for their schema. Sustained: partitions of the topic stand still until it answers.',
    labels: ['topic'],
  });
  return {
    ...processMetrics,
    applied: (topic, count) => records.inc({ topic }, count),
    poisoned: (topic, partition) => poison.inc({ topic, partition: String(partition) }),
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
    help: 'Records written into a topic because its mirror was asked for retention tombstones: written and failed tombstones, restored values that had come just before their tombstone, and unclear ones. Sustained failed: the topic cannot be written. Any unclear: the log names the records; a value that was written in that moment may be deleted.',
    labels: ['topic', 'outcome'],
  });
  return { expired, tombstones };
}

function queryTimes(registry: Registry): MirrorMetrics['queried'] {
  const queries = hotHistogram(registry, {
    name: 'mirror_query_seconds',
    help: 'Time to answer a request, by what was asked and the class of the status. Sustained high values: the store does not fit its cache, or the process is short of CPU.',
    labels: ['kind', 'outcome'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const series = new Map<string, HistogramSeries>();
  return (kind, status, seconds) => {
    const outcome = `${Math.floor(status / 100)}xx`;
    const name = `${kind} ${outcome}`;
    const known = series.get(name) ?? queries.series({ kind, outcome });
    series.set(name, known);
    known.observe(seconds);
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
    'Records of a topic that was loaded as a whole that are not yet where lookups cost least, about; the mirror answers meanwhile. It falls to 0 after the load; one that stands still means that the disk or the CPU is at its limit.',
    ({ unsettledRecords = 0 }) => unsettledRecords,
  );
  ofTopics(
    'mirror_changed_schemas',
    'Ids of schemas that are not what they were for earlier records of the topic; GET /status lists them. Anything but 0: the schema registry was reset or is another one, and records that name them are passed over as poison.',
    ({ changedSchemas = [] }) => changedSchemas.length,
  );
  ofTopics(
    'mirror_serving_partitions',
    'Partitions that answer. Fewer than the replica owns: requests for the others are refused with 503.',
    ({ partitions }) =>
      partitions.filter(({ state }) => state === 'serving' || state === 'stalled').length,
  );
}

function addAgeGauge(registry: Registry, topics: () => MeasuredTopics): void {
  gauge(registry, {
    name: 'mirror_apply_lag_seconds',
    help: 'Seconds since the partition was applied up to its end, as Kafka told it: how old an answer may be; missing until then. Below a second for a mirror that keeps up. Sustained growth: it does not, or Kafka does not answer.',
    labels: ['topic', 'partition'],
    collect: (made) => {
      for (const { topic, partition, seconds } of topics().ages()) {
        made.set({ topic, partition: String(partition) }, seconds);
      }
    },
  });
}
