import { SchemaRegistry } from '@quicksilver/codec/registry/schema-registry';
import { packageVersion } from '@quicksilver/common/config/package-version';

import type { KafkaClient } from '@quicksilver/kafka/ports';

import type { ManagerConfig } from './config.ts';
import { TopicDiscovery } from './discovery/discover-topics.ts';
import { SchemaReader } from './gateways/schema-reader.ts';
import type { KindDeps } from './kinds.ts';
import { DesiredState } from './state/desired-state.ts';
import type { State } from './state/open-state.ts';

/** What the kinds of resources work with. */
export function openKinds(
  config: ManagerConfig,
  { resources, statuses, registry, admin }: State,
  kafka: KafkaClient,
): KindDeps {
  const {
    schemaRegistry: addresses,
    schemaRegistryTimeoutMs: timeoutMs,
    schemaRegistrySecurity: security,
  } = config.schemas;
  const schemaRegistry = addresses && new SchemaRegistry({ addresses, timeoutMs, security });
  return {
    resources,
    statuses,
    registry,
    admin,
    desired: new DesiredState({ resources, statuses, waitMs: config.waitMs }),
    schemas: new SchemaReader(),
    schemaRegistry,
    discovery: new TopicDiscovery({ admin, kafka, schemaRegistry }),
    restHosts: config.restHosts,
    imageRegistries: config.imageRegistries,
    defaults: config.defaults,
    version: packageVersion(),
  };
}
