import type { RawBatch } from './gathered-writes.ts';
import type { StoreOp } from './ports.ts';
import type { StoredRecord } from './value-layout.ts';

/** What of LevelDB is used here. */
export interface BulkStorage {
  get(key: Buffer): Buffer | undefined;
  entries(gte: Buffer, lt: Buffer): Promise<[Buffer, Buffer][]>;
  /** The first key of the range, or its last; undefined where there is none. */
  endKey(gte: Buffer, lt: Buffer, end: 'first' | 'last'): Promise<Buffer | undefined>;
  write(fill: (batch: RawBatch) => void): Promise<void>;
  /** In bounded steps, until it is done or the signal aborts. */
  clear(gte: Buffer, lt: Buffer, signal: AbortSignal | undefined): Promise<void>;
}

/** What the data has of a key whose operation is to be moved there. */
export type Newer = 'nothing' | 'value' | 'removal';

/** The data of one generation, to which operations are moved. */
export interface SettleTarget {
  /** Of each operation; they are in the order of their keys. */
  newer(ops: readonly StoreOp[]): Promise<readonly Newer[]>;
  put(batch: RawBatch, key: Buffer, record: StoredRecord): void;
  /** Takes a removal of the key away, where it still stands. */
  forgetRemoval(batch: RawBatch, key: Buffer): void;
}
