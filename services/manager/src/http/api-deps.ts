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

/** What the routes are given. */
export interface ApiDeps {
  readonly desired: DesiredState;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly admin: TopicAdmin;
  readonly schemas: SchemaReader;
  /** Hosts that `@rest` of a schema may fetch from. */
  readonly restHosts: readonly RestHost[];
  /** Registries, or parts of them, that images of applications may be from; from anywhere where there are none. */
  readonly imageRegistries: readonly string[];
  /** Undefined where the deployment has none. */
  readonly schemaRegistry: SchemaRegistry | undefined;
  /** Undefined while another manager leads. */
  readonly runtime: () => Runtime | undefined;
  readonly manager: {
    readonly id: string;
    readonly isLeader: () => boolean;
    /** Why it leads but changes nothing. */
    readonly problem: () => string | undefined;
    /** Whether every status is of what it has seen itself since it leads. */
    readonly isCurrent: () => boolean;
  };
  readonly defaults: {
    readonly replicas: number;
    readonly partitions: number;
    readonly replicationFactor: number;
  };
  /** Of this software: what services run that were asked for without a tag. */
  readonly version: string;
  /** Streams that end when the manager stops. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}
