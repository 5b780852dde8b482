import {
  addProcessMetrics,
  counter,
  gauge,
  type ProcessMetrics,
  type Registry,
} from '@quicksilver/common/observe/metrics-registry';
import { RESOURCE_STATES, type ResourceState } from '@quicksilver/contracts/control/resource';

/** What reconciliation reports; the names are in `createManagerMetrics`. */
export interface ManagerMetrics extends ProcessMetrics {
  /** A step for a resource failed and will be tried again. */
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
    help: 'Steps that failed and were tried again. Sustained: see the reasons in GET /status.',
  });
  gauge(registry, {
    name: 'manager_is_leader',
    help: '1 on the manager that acts. No manager with 1 for long: nothing that is asked for is done.',
    collect: (made) => made.set(facts.isLeader() ? 1 : 0),
  });
  gauge(registry, {
    name: 'manager_resources',
    help: 'Resources by state. Degraded or Failed for long: GET /status says why.',
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
