import {
  addProcessMetrics,
  counter,
  gauge,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';
import { RESOURCE_STATES, type ResourceState } from '@quicksilver/resources/status';

/** Reported by reconciliation. `createManagerMetrics` has the metric names. */
export interface ManagerMetrics extends ProcessMetrics {
  /** Counts a failed step of a resource. The step is retried. */
  failed(): void;
}

export interface ManagerGauges {
  readonly isLeader: () => boolean;
  readonly states: () => readonly ResourceState[];
}

export function createManagerMetrics(registry: Registry, facts: ManagerGauges): ManagerMetrics {
  const processMetrics = addProcessMetrics(registry);
  const failures = counter(registry, {
    name: 'manager_failed_steps_total',
    help: 'Steps that failed and were retried. If this keeps growing, GET /status has the reasons.',
  });
  gauge(registry, {
    name: 'manager_is_leader',
    help: '1 on the leading manager, else 0. While no manager reports 1, no change takes effect.',
    collect: (made) => made.set(facts.isLeader() ? 1 : 0),
  });
  gauge(registry, {
    name: 'manager_resources',
    help: 'Resources by state. If some stay Degraded or Failed, GET /status has the reasons.',
    labels: ['state'],
    collect: (made) => {
      const counts = new Map<ResourceState, number>(RESOURCE_STATES.map((state) => [state, 0]));
      for (const state of facts.states()) {
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      for (const [state, count] of counts) {
        made.set({ state }, count);
      }
    },
  });
  return { ...processMetrics, failed: () => failures.inc() };
}
