import { mirrorNameOf } from '@quicksilver/contracts/control/resource-name';
import type { TopicAdmin } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { TopicSpec } from '@quicksilver/resources/topic';
import { newMirror } from '@quicksilver/resources/mirror';

import type { ResourceLog } from '../state/resource-log.ts';

export interface AdoptTopicDeps {
  readonly resources: ResourceLog;
  readonly admin: TopicAdmin;
  readonly log: Log;
}

/**
 * Creates a resource and a mirror for a topic that was registered before there was a manager. It
 * counts as a registered topic, so deleting the resource keeps the topic in Kafka.
 */
export async function adoptTopic(
  entry: TopicEntry,
  { resources, admin, log }: AdoptTopicDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name, valueType, writeType, partitions } = entry;
  const { recordNames, envelope, partitioner, valueSubjects } = entry;
  if ((await admin.describe(name, signal)) === undefined) {
    log.warn({ topic: name }, 'a topic in the registry is not in Kafka; its entry stays unchanged');
    return;
  }
  const mirror = mirrorNameOf(name);
  const types = {
    ...keysOf(entry),
    valueType,
    writeType,
    partitions,
    ...(recordNames === undefined ? {} : { recordNames }),
    ...(valueSubjects === undefined ? {} : { valueSubjects }),
    ...(envelope === undefined ? {} : { envelope }),
    ...(partitioner === undefined ? {} : { partitioner }),
  };
  await resources.change(
    {
      kind: 'topic',
      name,
      base: 0,
      spec: { ...types, replicationFactor: 1, configs: {}, isRegistered: true },
    },
    {
      kind: 'mirror',
      name: mirror,
      base: resources.versionOf('mirror', mirror),
      spec: newMirror(name, {}),
    },
  );
  log.info({ topic: name }, 'adopted a registered topic');
}

function keysOf({
  keyType,
  keyFormat,
  keySchema,
  keySubjects,
}: TopicEntry): Pick<TopicSpec, 'keyType' | 'keyForm' | 'keySubjects'> {
  return keyFormat === undefined
    ? { keyType }
    : {
        keyType: keyFormat,
        keyForm: { keyType, ...(keySchema === undefined ? {} : { keySchema }) },
        ...(keySubjects === undefined ? {} : { keySubjects }),
      };
}
