import type { FetchedPartition } from '@quicksilver/kafka/ports';

export interface StoredPosition {
  readonly generation: number;
  readonly nextOffset: bigint;
  readonly topicId: string;
}

export type TargetEvent = 'stalled' | 'progressed' | 'gone' | 'recreated' | 'failed';

/**
 * Applies the records of one partition. The source awaits each call before the next one. Only
 * `noteEnd` and `transition` may be called at any time.
 */
export interface PartitionTarget {
  readonly partition: number;
  readonly nextOffset: bigint;
  /** Undefined if the store has no position. Throws if the store cannot be read. */
  stored(): StoredPosition | undefined;
  /** Why the stored data cannot be used, or undefined if it can. */
  problem(): string | undefined;
  resume(position: StoredPosition, endOffset: bigint): void;
  rebuild(topicId: string, fromOffset: bigint, endOffset: bigint): Promise<void>;
  clearOtherGenerations(signal: AbortSignal): Promise<void>;
  /**
   * Rejects with the code REGISTRY_UNAVAILABLE if the records cannot be read for now; the caller
   * retries with the same records. Every other rejection means that the store failed.
   */
  apply(fetched: FetchedPartition): Promise<void>;
  /**
   * Runs one short step of settling. Resolves to whether work is left. Rejects if the store failed.
   */
  settle(): Promise<boolean>;
  /** The end of the log as Kafka reports it now, with the records that open transactions hold. */
  noteEnd(highWatermark: bigint): void;
  transition(event: TargetEvent, detail?: string): void;
}
