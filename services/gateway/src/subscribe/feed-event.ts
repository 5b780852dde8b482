/** One record on its way to subscribers, decoded once for all of them. */
export interface FeedEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly keyJson: string;
  /** Null where the record is a tombstone, and where its value is JSON's null. */
  readonly value: unknown;
  /** Whether the record removes its key. */
  readonly isTombstone: boolean;
  /** Bytes of the record, for the bounds of queues. */
  readonly bytes: number;
}
