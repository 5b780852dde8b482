import type { KafkaAccess } from '../../context/kafka-access.ts';

/** The names of the internal topics of a deployment, the topic registry first. */
export function internalTopics({
  topicRegistry,
  servicesTopic,
  resourcesTopic,
  statusTopic,
}: KafkaAccess['config']): readonly string[] {
  return [topicRegistry, servicesTopic, resourcesTopic, statusTopic];
}
