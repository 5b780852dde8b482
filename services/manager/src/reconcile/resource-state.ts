import { isDeepStrictEqual } from 'node:util';

import type { Resource } from '@quicksilver/resources/kinds';
import type { ReplicaStatus, ResourceState, ResourceStatus } from '@quicksilver/resources/status';

/**
 * What the leading manager observes of a resource.
 *
 * - `untouched`: nothing was done yet.
 * - `starting`: no replica serves yet.
 * - `restoring`: the replicas are reading their topic.
 * - `serving`: everything matches the spec.
 * - `impaired`: it serves, but does not match the spec.
 * - `failed`: it will not serve until a person acts.
 * - `stopping`, `stopped`: the spec has no replicas.
 * - `deleting`: its deletion was requested.
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

/** The resource has served before, so anything less than serving is a degradation, not a start. */
const SERVED: Record<Finding, ResourceState> = {
  ...FRESH,
  untouched: 'Degraded',
  starting: 'Degraded',
  restoring: 'Degraded',
};

/** A deletion cannot be undone. */
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
  /** Required for `impaired` and `failed`: what is wrong and what to do. */
  readonly reason?: string;
  readonly progress?: number;
  readonly replicas?: readonly ReplicaStatus[];
  readonly warnings?: readonly string[];
  /** The version that took effect. By default the version of the resource. */
  readonly observedVersion?: number;
}

export function statusOf(
  resource: Resource,
  before: ResourceStatus | undefined,
  seen: Observation,
): ResourceStatus {
  // A resource that was deleted and recreated starts at Pending.
  const from = before?.state === 'Deleting' && !resource.isDeleting ? 'Pending' : before?.state;
  const state = TRANSITIONS[from ?? 'Pending'][seen.finding];
  const needsReason = state === 'Degraded' || state === 'Failed';
  const reason =
    seen.reason ?? (needsReason ? 'The resource does not match its spec yet.' : undefined);
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

/** Like `statusOf`, but undefined if the status did not change. */
export function keepStatus(
  resource: Resource,
  before: ResourceStatus | undefined,
  seen: Observation,
): ResourceStatus | undefined {
  const status = statusOf(resource, before, seen);
  return before !== undefined && isDeepStrictEqual(before, status) ? undefined : status;
}
