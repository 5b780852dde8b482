import type { Resource, ResourceKind } from '@quicksilver/resources/kinds';

import type { WorkloadId } from '../runtime/runtime.ts';
import type { Api } from './route.ts';

/** A kind of resource, as clients see it. */
export interface ServedKind<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  addRoutes(api: Api): void;
  /** The workload with the logs of a resource. Undefined for a kind without logs. */
  workloadOf?(resource: Resource<K>): WorkloadId;
}
