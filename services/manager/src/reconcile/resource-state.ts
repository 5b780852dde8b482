import { isDeepStrictEqual } from 'node:util';

import type {
  ReplicaStatus,
  Resource,
  ResourceState,
  ResourceStatus,
} from '@quicksilver/contracts/control/resource';

/**
 * What the leading manager sees of a resource. `untouched` nothing was done for it yet · `starting`
 * no replica serves yet · `restoring` its replicas read their topic · `serving` all is as asked for ·
 * `impaired` it serves, but not as asked for · `failed` it will not serve until somebody does
 * something · `stopping`, `stopped` it was asked to have no replicas · `deleting` its deletion was
 * asked for.
 */
export type Finding =
  | 'untouched'
  | 'starting'
  | 'restoring'
  | 'serving'
  | 'impaired'
  | 'failed'
  | 'stopping'
  | 'stopped'
  | 'deleting';

const FRESH = {
  untouched: 'Pending',
  starting: 'Starting',
  restoring: 'Restoring',
  serving: 'Running',
  impaired: 'Degraded',
  failed: 'Failed',
  stopping: 'Stopping',
  stopped: 'Stopped',
  deleting: 'Deleting',
} as const satisfies Record<Finding, ResourceState>;

/** It has served before: until it does again as asked for, that is a degradation and no start. */
const SERVED: Record<Finding, ResourceState> = {
  ...FRESH,
  untouched: 'Degraded',
  starting: 'Degraded',
  restoring: 'Degraded',
};

/** A deletion is never taken back. */
const GOING: Record<Finding, ResourceState> = {
  untouched: 'Deleting',
  starting: 'Deleting',
  restoring: 'Deleting',
  serving: 'Deleting',
  impaired: 'Deleting',
  failed: 'Deleting',
  stopping: 'Deleting',
  stopped: 'Deleting',
  deleting: 'Deleting',
};

/** Total on purpose: a new state or finding does not compile until every cell is decided. */
export const TRANSITIONS: Record<ResourceState, Record<Finding, ResourceState>> = {
  Pending: FRESH,
  Starting: { ...FRESH, untouched: 'Starting' },
  Restoring: { ...FRESH, untouched: 'Restoring' },
  Running: { ...SERVED, untouched: 'Running' },
  Degraded: SERVED,
  Stopping: { ...FRESH, untouched: 'Stopping' },
  Stopped: { ...FRESH, untouched: 'Stopped' },
  Failed: { ...FRESH, untouched: 'Failed' },
  Deleting: GOING,
};

export interface Observation {
  readonly finding: Finding;
  /** Required by `impaired` and `failed`: what is missing or wrong, and what to do. */
  readonly reason?: string;
  readonly progress?: number;
  readonly replicas?: readonly ReplicaStatus[];
  readonly warnings?: readonly string[];
  /** The version that is in force; that of the resource unless said otherwise. */
  readonly observedVersion?: number;
}

export function statusOf(
  resource: Resource,
  before: ResourceStatus | undefined,
  seen: Observation,
): ResourceStatus {
  // A name that was deleted and made anew begins anew.
  const from = before?.state === 'Deleting' && !resource.isDeleting ? 'Pending' : before?.state;
  const state = TRANSITIONS[from ?? 'Pending'][seen.finding];
  const needsReason = state === 'Degraded' || state === 'Failed';
  const reason = seen.reason ?? (needsReason ? 'It does not serve as asked for yet.' : undefined);
  return {
    kind: resource.kind,
    name: resource.name,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(state === 'Restoring' && seen.progress !== undefined ? { progress: seen.progress } : {}),
    observedVersion: seen.observedVersion ?? resource.version,
    replicas: seen.replicas ?? [],
    warnings: seen.warnings ?? [],
  };
}

/** As `statusOf`, but undefined where it says nothing new. */
export function keepStatus(
  resource: Resource,
  before: ResourceStatus | undefined,
  seen: Observation,
): ResourceStatus | undefined {
  const status = statusOf(resource, before, seen);
  return before !== undefined && isDeepStrictEqual(before, status) ? undefined : status;
}
