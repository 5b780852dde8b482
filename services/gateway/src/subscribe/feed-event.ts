/** One record on its way to subscribers, decoded once for all of them. */
export interface FeedEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly value: unknown;
  /** Bytes of the record, for the bounds of queues. */
  readonly bytes: number;
}
