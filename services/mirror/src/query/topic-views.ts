import type { TopicView } from './topic-view.ts';

/** The topics that this process hosts. */
export interface TopicViews {
  /**
   * Throws `AppError`: INTERNAL_TOPIC or TOPIC_NOT_FOUND for a name that is not hosted here or does
   * not exist, KAFKA_UNAVAILABLE while that is not known, RESTORING while its store is opened.
   */
  require(topic: string): TopicView;
  /** Undefined wherever `require` would throw. */
  find(topic: string): TopicView | undefined;
  /** Resolves when what Kafka says of the topic's partitions now has been adopted. */
  look(topic: string): Promise<void>;
  /** The name of the only topic; undefined while the process hosts none or several. */
  readonly single: string | undefined;
}
