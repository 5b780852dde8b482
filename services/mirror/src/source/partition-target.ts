import type { FetchedPartition } from '@quicksilver/kafka/ports';

export interface StoredPosition {
  readonly generation: number;
  readonly nextOffset: bigint;
  readonly topicId: string;
}

export type TargetEvent = 'stalled' | 'progressed' | 'gone' | 'recreated' | 'failed';

/**
 * Where the records of one partition go. The source awaits each call before the next one; only
 * `transition` may come at any time.
 */
export interface PartitionTarget {
  readonly partition: number;
  readonly nextOffset: bigint;
  /** Undefined where nothing is stored. Throws where the store cannot be read. */
  stored(): StoredPosition | undefined;
  /** Why what is stored cannot be used; undefined if it can. */
  problem(): string | undefined;
  resume(position: StoredPosition, endOffset: bigint): void;
  rebuild(topicId: string, fromOffset: bigint, endOffset: bigint): Promise<void>;
  clearOtherGenerations(signal: AbortSignal): Promise<void>;
  /**
   * Rejects with the code REGISTRY_UNAVAILABLE where the records cannot be read for now; they are to be
   * handed in again then. Rejects with anything else where the store failed.
   */
  apply(fetched: FetchedPartition): Promise<void>;
  /**
   * A short piece of the work that may wait, such as putting in order what was loaded. Resolves to whether
   * more is left; rejects where the store failed.
   */
  settle(): Promise<boolean>;
  transition(event: TargetEvent, detail?: string): void;
}
