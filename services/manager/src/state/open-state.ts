import type { Part } from '@quicksilver/common/lifecycle/part';
import type { ServiceDirectory } from '@quicksilver/contracts/control/service-directory';
import { registryIn } from '@quicksilver/contracts/topics/register-topic';
import type { TopicRegistry } from '@quicksilver/contracts/topics/topic-registry';
import type { RecordSink, TopicAdmin } from '@quicksilver/kafka/ports';
import type { ServiceKit } from '@quicksilver/service/service-kit';

import { InternalTopics } from './internal-topics.ts';
import { ResourceLog } from './resource-log.ts';
import { StatusLog } from './status-log.ts';

export interface StateConfig {
  /** The unique name of this manager. */
  readonly id: string;
  readonly resourcesTopic: string;
  readonly statusTopic: string;
  readonly servicesTopic: string;
  readonly registryTopic: string;
  readonly replicationFactor: number;
  readonly registryReplicationFactor: number;
}

/** The state in Kafka: the desired state, its status, and the entries for the data plane. */
export interface State {
  readonly admin: TopicAdmin;
  readonly sink: RecordSink;
  readonly resources: ResourceLog;
  readonly statuses: StatusLog;
  readonly registry: TopicRegistry;
  readonly services: ServiceDirectory;
  /** In start order. */
  readonly parts: readonly Part[];
}

export function openState(config: StateConfig, kit: ServiceKit): State {
  const { id, resourcesTopic, statusTopic, servicesTopic, registryTopic } = config;
  const { replicationFactor, registryReplicationFactor } = config;
  const { kafka, log } = kit;
  const admin = kafka.admin();
  const sink = kafka.sink();
  const shared = { admin, sink, replicationFactor, log };
  const resources = new ResourceLog({
    ...shared,
    source: kafka.source(),
    topic: resourcesTopic,
    writer: id,
  });
  const statuses = new StatusLog({ ...shared, source: kafka.source(), topic: statusTopic });
  const registry = kit.topicRegistry(registryTopic);
  const services = kit.serviceDirectory(servicesTopic);
  const internal = new InternalTopics({
    admin,
    topics: async (signal) => [
      ...[resourcesTopic, statusTopic, servicesTopic].map((topic) => ({
        topic,
        replicationFactor,
      })),
      {
        topic: await registryIn(admin, registryTopic, signal),
        replicationFactor: registryReplicationFactor,
      },
    ],
    log,
  });
  const kafkaPart = {
    name: 'kafka',
    start: () => Promise.resolve(),
    stop: async () => void (await Promise.all([admin.close(), sink.close()])),
  };
  const parts = [kafkaPart, internal, resources, statuses, registry, services];
  return { admin, sink, resources, statuses, registry, services, parts };
}
