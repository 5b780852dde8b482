import { AppError } from '@quicksilver/common/errors/app-error';
import { accessDenied } from '../access-denied.ts';
import type { TopicDescription } from '../ports.ts';
import type { TopicMetadata } from './broker.ts';
import type { Cluster } from './cluster.ts';
import type { Limit } from './limit.ts';
import { lookupOf } from './topic-directory.ts';

/** Undefined if the topic does not exist. */
export async function topicMetadata(
  cluster: Cluster,
  topic: string,
  limit: Limit,
): Promise<TopicMetadata | undefined> {
  const { topics } = await cluster.metadata([topic], limit);
  const metadata = topics.find((entry) => entry.topic === topic);
  const lookup = metadata === undefined ? undefined : lookupOf(metadata);
  if (lookup?.state === 'denied') {
    throw accessDenied(lookup.detail);
  }
  if (lookup?.state === 'unclear') {
    throw new AppError('KAFKA_UNAVAILABLE', lookup.detail);
  }
  return lookup?.state === 'known' ? lookup.topic : undefined;
}

export async function describeTopic(
  cluster: Cluster,
  topic: string,
  limit: Limit,
): Promise<TopicDescription | undefined> {
  const metadata = await topicMetadata(cluster, topic, limit);
  return metadata && { topic, topicId: metadata.topicId, partitions: metadata.leaders.size };
}
