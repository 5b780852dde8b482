import type { ReplicaStatus, ResourceState } from '@quicksilver/resources/status';

import type { ReplicaState, WorkloadState } from '../runtime/runtime.ts';
import type { Observation } from './resource-state.ts';

const STATE_OF: Record<ReplicaState['state'], ResourceState> = {
  starting: 'Starting',
  ready: 'Running',
  'not-ready': 'Degraded',
  'backing-off': 'Degraded',
  failed: 'Failed',
  stopping: 'Stopping',
};

export function replicasOf(replicas: readonly ReplicaState[]): ReplicaStatus[] {
  return replicas.map(({ ordinal, state, reason, address, restarts }) => ({
    ordinal,
    state: STATE_OF[state],
    ...(address === undefined ? {} : { address }),
    ...(reason === undefined ? {} : { reason }),
    restarts,
  }));
}

/** The reason of the first replica that is not ready. */
export function reasonOf(replicas: readonly ReplicaState[]): string | undefined {
  const down = replicas.find(({ state, reason }) => state !== 'ready' && reason !== undefined);
  return down && `Replica ${down.ordinal}: ${down.reason}`;
}

/** Derives an observation from the replicas alone. */
export function observationOf(state: WorkloadState | undefined): Observation {
  const replicas = state?.replicas ?? [];
  const shown = { replicas: replicasOf(replicas) };
  const ready = replicas.filter((replica) => replica.state === 'ready').length;
  const why = reasonOf(replicas);
  const reason = why ?? `${ready} of ${replicas.length} replicas are ready.`;
  if (replicas.length > 0 && ready === replicas.length) {
    return { ...shown, finding: 'serving' };
  }
  if (ready > 0) {
    return { ...shown, finding: 'impaired', reason };
  }
  const isFailed = replicas.length > 0 && replicas.every((replica) => replica.state === 'failed');
  return { ...shown, finding: isFailed ? 'failed' : 'starting', reason };
}
