import type { RawBatch } from './group-commit.ts';
import { KeyIndex } from './key-index.ts';
import { PoisonEntries } from './poison-entries.ts';
import type { StoreOp } from './ports.ts';
import type { StoredRecord } from './value-layout.ts';

/** The methods of LevelDB that bulk loads use. */
export interface BulkStorage {
  get(key: Buffer): Buffer | undefined;
  entries(gte: Buffer, lt: Buffer): Promise<[Buffer, Buffer][]>;
  /** The first or last key of the range. Undefined if the range is empty. */
  endKey(gte: Buffer, lt: Buffer, end: 'first' | 'last'): Promise<Buffer | undefined>;
  write(fill: (batch: RawBatch) => void): Promise<void>;
  /** Deletes the range in bounded steps, until it is empty or the signal aborts. */
  clear(gte: Buffer, lt: Buffer, signal: AbortSignal | undefined): Promise<void>;
}

/** The entries that a load writes beside its runs. */
export interface LoadEntries {
  readonly index: KeyIndex;
  readonly poison: PoisonEntries;
}

export function loadEntries({ get }: Pick<BulkStorage, 'get'>): LoadEntries {
  return { index: new KeyIndex(get), poison: new PoisonEntries(get) };
}

/** The entry of a key in the data, compared with an operation that is to be moved there. */
export type Newer = 'nothing' | 'value' | 'removal';

/** The data of one generation, to which operations are moved. */
export interface SettleTarget {
  /** For each operation its `Newer`. The operations are in key order. */
  newer(ops: readonly StoreOp[]): Promise<readonly Newer[]>;
  put(batch: RawBatch, key: Buffer, record: StoredRecord): void;
  /** Deletes the removal of a key, if it is still in the data. */
  forgetRemoval(batch: RawBatch, key: Buffer): void;
}
