import type { RestHost } from '@quicksilver/common/config/rest-hosts';
import type { Log } from '@quicksilver/common/lifecycle/log';

import type { Runtime } from '../runtime/runtime.ts';
import type { DesiredState } from '../state/desired-state.ts';
import type { ResourceLog } from '../state/resource-log.ts';
import type { StatusLog } from '../state/status-log.ts';
import type { KeyRoutesDeps } from './key-routes.ts';
import type { ServedKind } from './served-kind.ts';

/** Dependencies of the routes of every kind. */
export interface KindApiDeps {
  readonly desired: DesiredState;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly defaults: {
    readonly replicas: number;
    readonly partitions: number;
    readonly replicationFactor: number;
  };
  /** The version of this software. Services without a tag run it. */
  readonly version: string;
}

/** Dependencies of the routes that are the same for all kinds. */
export interface ApiDeps extends Omit<KindApiDeps, 'defaults'>, KeyRoutesDeps {
  readonly kinds: readonly ServedKind[];
  /** Hosts that `@rest` in a schema may fetch from. */
  readonly restHosts: readonly RestHost[];
  /** Undefined while another manager leads. */
  readonly runtime: () => Runtime | undefined;
  readonly manager: {
    readonly id: string;
    readonly isLeader: () => boolean;
    /** Why this manager leads but makes no changes. */
    readonly problem: () => string | undefined;
    /** Whether this manager has checked every resource in its term. */
    readonly isCurrent: () => boolean;
  };
  /** Aborted when the manager stops, to end open streams. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}
