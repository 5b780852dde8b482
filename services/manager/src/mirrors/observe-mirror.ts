import type { MirrorStatus, PartitionStatus } from '@quicksilver/contracts/mirror-api/contract';

import { replicasOf, reasonOf } from '../reconcile/replica-status.ts';
import type { Observation } from '../reconcile/resource-state.ts';
import type { ReplicaState, WorkloadState } from '../runtime/runtime.ts';

/** What a replica says of itself; undefined where it does not answer in time. */
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

/** A mirror runs when some replica serves each of its topic's partitions. */
export async function observeMirror(options: ObserveMirrorOptions): Promise<Observation> {
  const { state, topic, partitions, probe, signal } = options;
  const replicas = state?.replicas ?? [];
  const told = await Promise.all(
    replicas.map(async ({ address, state: at }) =>
      address === undefined || at === 'failed' || at === 'backing-off'
        ? undefined
        : probe(address, signal),
    ),
  );
  const found = told.flatMap((status) => partitionsOf(status, topic));
  return judge({ topic, partitions, replicas, found });
}

function partitionsOf(status: MirrorStatus | undefined, topic: string): PartitionStatus[] {
  const hosted = status?.topics.find((entry) => entry.topic === topic);
  return hosted === undefined ? [] : [...hosted.partitions];
}

interface Facts {
  readonly topic: string;
  readonly partitions: number;
  readonly replicas: readonly ReplicaState[];
  readonly found: readonly PartitionStatus[];
}

/** Pure. */
export function judge({ topic, partitions, replicas, found }: Facts): Observation {
  const serving = new Set(
    found.filter(({ state }) => state === 'serving').map(({ partition }) => partition),
  );
  const warnings = warningsOf(found);
  const shown = {
    replicas: replicasOf(replicas),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  if (serving.size >= partitions && replicas.every(({ state }) => state === 'ready')) {
    return { ...shown, finding: 'serving' };
  }
  const broken = found.find(({ state }) => BROKEN.has(state));
  const down = reasonOf(replicas);
  if (broken !== undefined) {
    const { partition, state, detail } = broken;
    const reason = `Partition ${partition} of topic ${topic} is ${state}${detail === undefined ? '' : `: ${detail}`}`;
    return { ...shown, finding: serving.size === 0 ? 'failed' : 'impaired', reason };
  }
  if (serving.size >= partitions) {
    return { ...shown, finding: 'impaired', reason: down ?? 'A replica is not ready.' };
  }
  if (replicas.length > 0 && replicas.every(({ state }) => state === 'failed')) {
    return { ...shown, finding: 'failed', reason: down ?? 'No replica runs.' };
  }
  const reason =
    down ?? `${serving.size} of ${partitions} partitions of topic ${topic} are served.`;
  return found.length > 0
    ? { ...shown, finding: 'restoring', progress: progressOf(found, partitions), reason }
    : { ...shown, finding: 'starting', reason };
}

/** Rounded down to one digit, so that a topic that is written does not change its status all the time. */
function warningsOf(found: readonly PartitionStatus[]): string[] {
  const records = new Map<number, number>();
  for (const { partition, misplacedRecords = 0 } of found) {
    records.set(partition, Math.max(misplacedRecords, records.get(partition) ?? 0));
  }
  const total = [...records.values()].reduce((sum, count) => sum + count, 0);
  const unit = 10 ** Math.max(0, String(total).length - 1);
  const shown = Math.floor(total / unit) * unit;
  const subject = `${total < 10 ? '' : 'At least '}${shown} ${total === 1 ? 'record is' : 'records are'}`;
  return total === 0
    ? []
    : [
        `${subject} in another partition than Java's default partitioner would choose for the key. Lookups ask all partitions that have such records.`,
      ];
}

const BROKEN: ReadonlySet<string> = new Set(['stalled', 'topic-gone', 'topic-recreated', 'failed']);

/** Part of the records that were read, of the partitions that are known; an estimate. */
function progressOf(found: readonly PartitionStatus[], partitions: number): number {
  const parts = found.map(({ nextOffset, endOffset }) => {
    const end = Number(endOffset);
    return end <= 0 ? 1 : Math.min(1, Number(nextOffset) / end);
  });
  const sum = parts.reduce((total, part) => total + part, 0);
  return Math.round((sum / Math.max(partitions, parts.length)) * 1000) / 1000;
}
