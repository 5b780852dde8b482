import { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { packageVersion } from '@quicksilver/common/config/package-version';

import type { ManagerConfig } from './config.ts';
import { SchemaReader } from './gateways/schema-reader.ts';
import type { KindDeps } from './kinds.ts';
import { DesiredState } from './state/desired-state.ts';
import type { State } from './state/open-state.ts';

/** What the kinds of resources work with. */
export function openKinds(
  config: ManagerConfig,
  { resources, statuses, registry, admin }: State,
): KindDeps {
  const {
    schemaRegistry: addresses,
    schemaRegistryTimeoutMs: timeoutMs,
    schemaRegistrySecurity: security,
  } = config.schemas;
  return {
    resources,
    statuses,
    registry,
    admin,
    desired: new DesiredState({ resources, statuses, waitMs: config.waitMs }),
    schemas: new SchemaReader(),
    schemaRegistry: addresses && new SchemaRegistry({ addresses, timeoutMs, security }),
    restHosts: config.restHosts,
    imageRegistries: config.imageRegistries,
    defaults: config.defaults,
    version: packageVersion(),
  };
}
