import type { Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

/** What a mutation writes. */
export interface WrittenRecord {
  readonly keyJson: string;
  /** Null removes the key. */
  readonly valueJson: string | null;
}

export interface RecordWriter {
  /**
   * Resolves with the record's position once it is written. Throws `AppError`, whose `outcome` among
   * its extra members is `not_written` or `unknown`. Is not given up when the client leaves.
   */
  write(topic: TopicEntry, record: WrittenRecord, options: WriteOptions): Promise<Position>;
}

export interface WriteOptions {
  readonly timeoutMs: number;
  /** The same for a write that is tried again, which is then not done again. */
  readonly idempotencyKey?: string;
}
