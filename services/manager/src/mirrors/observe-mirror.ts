import type { MirrorStatus, PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';

import { replicasOf, reasonOf } from '../reconcile/replica-status.ts';
import type { Observation } from '../reconcile/resource-state.ts';
import type { ReplicaState, WorkloadState } from '../runtime/runtime.ts';
import { poisonWarnings } from './poison-warning.ts';
import { rangeWarnings } from './range-warning.ts';

/** Reads the status of a replica. Resolves to undefined if the replica does not respond in time. */
export type ProbeMirror = (
  address: string,
  signal: AbortSignal,
) => Promise<MirrorStatus | undefined>;

export interface ObserveMirrorOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly state: WorkloadState | undefined;
  readonly probe: ProbeMirror;
  readonly signal: AbortSignal;
}

/** A mirror is Running when each partition of its topic is served by a replica. */
export async function observeMirror(options: ObserveMirrorOptions): Promise<Observation> {
  const { state, topic, partitions, probe, signal } = options;
  const replicas = state?.replicas ?? [];
  const statuses = await Promise.all(
    replicas.map(async ({ address, state: at }) =>
      address === undefined || at === 'failed' || at === 'backing-off'
        ? undefined
        : probe(address, signal),
    ),
  );
  const reports = statuses.map((status) => partitionsOf(status, topic));
  return judge({
    topic,
    partitions,
    replicas: replicas.map((replica, at) => replicaFor(topic, replica, reports[at])),
    reports: reports.flatMap((report) => report ?? []),
  });
}

/** Partitions of a topic in the status of a replica. Undefined if it does not host the topic. */
export function partitionsOf(
  status: MirrorStatus | undefined,
  topic: string,
): readonly PartitionStatus[] | undefined {
  return status?.topics.find((entry) => entry.topic === topic)?.partitions;
}

/**
 * The replica as this mirror sees it. Several mirrors may share its process, whose readiness also
 * depends on their topics. If the replica responds, only the partitions of this topic count.
 */
function replicaFor(
  topic: string,
  replica: ReplicaState,
  report: readonly PartitionStatus[] | undefined,
): ReplicaState {
  const other = report?.find(({ state }) => state !== 'serving');
  if (report === undefined || report.length === 0 || !ALIVE.has(replica.state)) {
    return replica;
  }
  const { reason: _ofProcess, ...rest } = replica;
  return other === undefined
    ? { ...rest, state: 'ready' }
    : { ...rest, state: 'not-ready', reason: `${reasonOfPartition(topic, other)}.` };
}

function reasonOfPartition(topic: string, { partition, state, detail }: PartitionStatus): string {
  return `Partition ${partition} of topic ${topic} is ${state}${detail === undefined ? '' : `: ${detail}`}`;
}

const ALIVE: ReadonlySet<string> = new Set(['starting', 'ready', 'not-ready']);

interface JudgeOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly replicas: readonly ReplicaState[];
  readonly reports: readonly PartitionStatus[];
}

/** Pure. */
export function judge(options: JudgeOptions): Observation {
  const { topic, partitions, replicas, reports } = options;
  const serving = new Set(
    reports.filter(({ state }) => state === 'serving').map(({ partition }) => partition),
  );
  const warnings = [
    ...warningsOf(reports),
    ...poisonWarnings(topic, reports),
    ...rangeWarnings(topic, reports),
  ];
  const shown = {
    replicas: replicasOf(replicas),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  if (serving.size >= partitions && replicas.every(({ state }) => state === 'ready')) {
    return { ...shown, finding: 'serving' };
  }
  const broken = reports.find(({ state }) => BROKEN.has(state));
  const down = reasonOf(replicas);
  if (broken !== undefined) {
    const reason = reasonOfPartition(topic, broken);
    return { ...shown, finding: serving.size === 0 ? 'failed' : 'impaired', reason };
  }
  if (serving.size >= partitions) {
    return { ...shown, finding: 'impaired', reason: down ?? 'A replica is not ready.' };
  }
  if (replicas.length > 0 && replicas.every(({ state }) => state === 'failed')) {
    return { ...shown, finding: 'failed', reason: down ?? 'No replica is running.' };
  }
  const reason =
    down ?? `The replicas serve ${serving.size} of ${partitions} partitions of topic ${topic}.`;
  return reports.length > 0
    ? { ...shown, finding: 'restoring', progress: progressOf(reports, partitions), reason }
    : { ...shown, finding: 'starting', reason };
}

/**
 * Rounds the count down to one digit. Otherwise the status of a busy topic would change all the
 * time.
 */
function warningsOf(reports: readonly PartitionStatus[]): string[] {
  const records = new Map<number, number>();
  for (const { partition, misplacedRecords = 0 } of reports) {
    records.set(partition, Math.max(misplacedRecords, records.get(partition) ?? 0));
  }
  const total = [...records.values()].reduce((sum, count) => sum + count, 0);
  const unit = 10 ** Math.max(0, String(total).length - 1);
  const shown = Math.floor(total / unit) * unit;
  const subject = `${total < 10 ? '' : 'At least '}${shown} ${total === 1 ? 'record is' : 'records are'}`;
  return total === 0
    ? []
    : [
        `${subject} not in the partition that Java's default partitioner chooses for the key. Lookups also read the partitions that have such records.`,
      ];
}

const BROKEN: ReadonlySet<string> = new Set(['stalled', 'topic-gone', 'topic-recreated', 'failed']);

/** Estimated share of records read, over the partitions that have reported. */
function progressOf(reports: readonly PartitionStatus[], partitions: number): number {
  const parts = reports.map(({ nextOffset, endOffset }) => {
    const end = Number(endOffset);
    return end <= 0 ? 1 : Math.min(1, Number(nextOffset) / end);
  });
  const sum = parts.reduce((total, part) => total + part, 0);
  return Math.round((sum / Math.max(partitions, parts.length)) * 1000) / 1000;
}
