import type { TopicView } from './topic-view.ts';

/** The topics that this process hosts. */
export interface TopicViews {
  /**
   * Throws `AppError`: INTERNAL_TOPIC or TOPIC_NOT_FOUND for a topic that is not hosted here or
   * does not exist, RESTORING while its store is opened. KAFKA_UNAVAILABLE means that the registry
   * was not read yet.
   */
  require(topic: string): TopicView;
  /** Undefined if `require` would throw. */
  find(topic: string): TopicView | undefined;
  /** Resolves after the topic has the partitions that Kafka reports now. */
  look(topic: string): Promise<void>;
  /** The name of the only topic; undefined while the process hosts none or several. */
  readonly single: string | undefined;
}
