import type { ResourceKind } from './kinds.ts';

/**
 * The states of a resource:
 *
 * - `Pending`: accepted, nothing done yet.
 * - `Restoring`: a mirror reads its topic.
 * - `Degraded`: serves, but differs from the spec: lag, fewer replicas, a pending binding.
 * - `Failed`: needs an operator, for the reason that it states.
 */
export const RESOURCE_STATES = [
  'Pending',
  'Starting',
  'Restoring',
  'Running',
  'Degraded',
  'Stopping',
  'Stopped',
  'Failed',
  'Deleting',
] as const;
export type ResourceState = (typeof RESOURCE_STATES)[number];

export interface ReplicaStatus {
  readonly ordinal: number;
  readonly state: ResourceState;
  /** The `host:port` that it listens on. */
  readonly address?: string;
  readonly reason?: string;
  readonly restarts: number;
}

export interface ResourceStatus {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly state: ResourceState;
  /** The cause, for people. Always set with `Degraded` and `Failed`. */
  readonly reason?: string;
  /** Fraction of the topic that has been read, 0 to 1, while `Restoring`. */
  readonly progress?: number;
  /** Version of the resource that this state belongs to. */
  readonly observedVersion: number;
  readonly replicas: readonly ReplicaStatus[];
  readonly warnings: readonly string[];
}
