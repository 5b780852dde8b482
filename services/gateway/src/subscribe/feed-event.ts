/** One record for all its subscribers, decoded once. */
export interface FeedEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly keyJson: string;
  /** Null if the record is a tombstone or its value is the JSON null. */
  readonly value: unknown;
  /** Whether the record removes its key. */
  readonly isTombstone: boolean;
  /** Bytes of the record, for the bounds of queues. */
  readonly bytes: number;
}
