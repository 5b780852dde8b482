import type { KeyType } from './key-encoding.ts';
import type { StoredRecord } from './value-layout.ts';

/** What one store holds; a directory that says anything else is never served. */
export interface StoreIdentity {
  readonly topic: string;
  readonly partitions: number;
  readonly keyType: KeyType;
  readonly valueType: string;
  /** By which rule the records of a key became one. */
  readonly writeType: string;
}

/** Where a partition's data stands. Written in the same batch as the data it speaks of. */
export interface PartitionPosition {
  /** Data of another generation than this one is invisible and will be cleared. */
  readonly generation: number;
  /** The offset to read next: everything before it is applied. */
  readonly nextOffset: bigint;
  /** Kafka's id of the topic that the data came from. */
  readonly topicId: string;
}

export interface StoreOp {
  /** As `KeyEncoding.encode` gave it. */
  readonly key: Buffer;
  /** Undefined deletes the key. */
  readonly record: StoredRecord | undefined;
}

export interface StoredEntry extends StoredRecord {
  readonly key: Buffer;
}

export interface ListOptions {
  readonly partition: number;
  readonly generation: number;
  /** The list begins behind this key; undefined begins with the first. */
  readonly after?: Buffer;
  readonly itemsMax: number;
  /** The list ends with the entry that reaches this many bytes of keys and values. */
  readonly bytesMax: number;
}

export interface EntryList {
  readonly entries: readonly StoredEntry[];
  /** True where the generation has no entry behind the last one. */
  readonly isComplete: boolean;
}

/**
 * Reads of one topic's store. A value whose checksum is wrong is never returned: the call throws
 * `CorruptStoreError` instead. Any other throw means that the store cannot be read now.
 */
export interface ReadonlyStore {
  get(partition: number, generation: number, key: Buffer): StoredRecord | undefined;
  /** Entries of one generation in key order, all from one snapshot. */
  list(options: ListOptions): Promise<EntryList>;
  /** Undefined for a partition that has never been written. */
  position(partition: number): PartitionPosition | undefined;
}

export interface WritableStore extends ReadonlyStore {
  /**
   * Applies the operations in order and sets the partition's position, all or nothing: a crash
   * leaves either both or neither. After a rejected write the handle must not be written again;
   * `reopen` it first.
   */
  write(partition: number, ops: readonly StoreOp[], position: PartitionPosition): Promise<void>;
  /** Removes all data of the partition outside this generation, in bounded steps. */
  clearOtherGenerations(partition: number, generation: number, signal: AbortSignal): Promise<void>;
  /**
   * Closes the handle and opens the directory again, after a failed write; with `discard` what is
   * there is put aside and the store begins empty, which also happens where it cannot be opened for
   * corruption. Reads meanwhile throw. Positions may be older afterwards, or missing.
   */
  reopen(how: { readonly discard: boolean }): Promise<void>;
  close(): Promise<void>;
}

export class CorruptStoreError extends Error {
  override readonly name = 'CorruptStoreError';
}
