/** A partition of a topic. An offset is a signed 64-bit integer, hence bigint. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicOffset extends TopicPartition {
  readonly offset: bigint;
}
