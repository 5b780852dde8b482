/** A place in a topic. The words are Kafka's; an offset is a signed 64-bit integer, hence bigint. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicOffset extends TopicPartition {
  readonly offset: bigint;
}
