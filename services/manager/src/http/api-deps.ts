import type { RestHost } from '@quicksilver/common/config/rest-hosts';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';

import type { SchemaReader } from '../gateways/schema-reader.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { DesiredState } from '../state/desired-state.ts';
import type { ResourceLog } from '../state/resource-log.ts';
import type { StatusLog } from '../state/status-log.ts';

/** Dependencies of the routes. */
export interface ApiDeps {
  readonly desired: DesiredState;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly admin: TopicAdmin;
  readonly schemas: SchemaReader;
  /** Hosts that `@rest` in a schema may fetch from. */
  readonly restHosts: readonly RestHost[];
  /** Allowed registries, or paths in them, for application images. Empty allows all. */
  readonly imageRegistries: readonly string[];
  /** Undefined if the deployment has no schema registry. */
  readonly schemaRegistry: SchemaRegistry | undefined;
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
  readonly defaults: {
    readonly replicas: number;
    readonly partitions: number;
    readonly replicationFactor: number;
  };
  /** The version of this software. Services without a tag run it. */
  readonly version: string;
  /** Aborted when the manager stops, to end open streams. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}
