import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import type { Resource, ResourceKind } from '@quicksilver/resources/kinds';

import type { WorkloadId } from '../runtime/runtime.ts';
import type { ResourceLog } from '../state/resource-log.ts';
import type { StatusLog } from '../state/status-log.ts';
import type { Projections } from './projections.ts';
import type { Observation } from './resource-state.ts';
import type { DoStep } from './steps.ts';
import type { WorkloadKeeper } from './workload-keeper.ts';

/** A change of something that a resource may depend on, by its name. */
export type Change =
  | { readonly of: 'entry of a topic'; readonly name: string }
  | {
      readonly of: 'resource' | 'entry of a service' | 'workload';
      readonly kind: string;
      readonly name: string;
    };

/** What the kinds work with in one leader term. */
export interface TermTools {
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly services: ServiceDirectory;
  readonly admin: TopicAdmin;
  readonly projections: Projections;
  readonly workloads: WorkloadKeeper;
  readonly step: DoStep;
  readonly log: Log;
}

/** A kind of resource, as reconciliation sees it. */
export interface ReconciledKind<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  /** The workload that runs a resource. Undefined for a kind without workloads. */
  workloadOf?(resource: Resource<K>): WorkloadId;
  /** Names of the resources of this kind to reconcile after a change, besides the changed one. */
  affectedBy(change: Change): readonly string[];
  /** The work of one leader term. */
  open(tools: TermTools): KindTerm<K>;
}

export interface KindTerm<K extends ResourceKind = ResourceKind> {
  /** Does the next steps for one resource and returns what it observes. */
  reconcile(resource: Resource<K>, signal: AbortSignal): Promise<Observation>;
  /** Whether a resource needs the workload, or the entry of the service, with this name. */
  needs(name: string): boolean;
  /** Removes what belongs to no resource, besides workloads, services and statuses. */
  removeOrphans?(signal: AbortSignal): Promise<void>;
}
