import type { Position } from '@quicksilver/contracts/mirror-api/position-token';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

/** The record of a mutation. */
export interface WrittenRecord {
  readonly keyJson: string;
  /** Null removes the key. */
  readonly valueJson: string | null;
}

export interface RecordWriter {
  /**
   * Resolves with the position of the written record. Throws `AppError` with the extra member
   * `outcome`, which is `not_written` or `unknown`. A client that leaves does not cancel the write.
   */
  write(topic: TopicEntry, record: WrittenRecord, options: WriteOptions): Promise<Position>;
}

export interface WriteOptions {
  readonly timeoutMs: number;
  /** Ingest performs writes with the same key only once. */
  readonly idempotencyKey?: string;
}
