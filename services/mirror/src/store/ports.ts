import type { Deadline } from '@quicksilver/common/flow/deadline';

import type { KeyType } from './key-encoding.ts';
import type { StoredRecord } from './value-layout.ts';

/** The contents of one store. A directory with another identity is never served. */
export interface StoreIdentity {
  readonly topic: string;
  /** For an existing store, its own number counts. */
  readonly partitions: number;
  readonly keyType: KeyType;
  readonly valueType: string;
  /** The rule that chooses between the records of a key. */
  readonly writeType: string;
  /**
   * All else that the store depends on: its range index and its retention. Undefined if it has
   * neither.
   */
  readonly arguments?: string | undefined;
}

/** The position of a partition's data. It is written in the same batch as the data. */
export interface PartitionPosition {
  /** Data of another generation is invisible and will be cleared. */
  readonly generation: number;
  /** The offset to read next. All records before it are applied. */
  readonly nextOffset: bigint;
  /** Kafka's id of the topic that the data is from. */
  readonly topicId: string;
  /** Undefined if keys are not compared with their partitions. */
  readonly placement?: Placement | undefined;
  /** Undefined if the generation has no poison records. */
  readonly poison?: PoisonRecords | undefined;
}

/** The poison records of a generation. A change makes another object. */
export interface PoisonRecords {
  /** Of all records, listed or not. */
  readonly count: number;
  /** The latest records, the oldest first, without gaps. */
  readonly list: readonly PoisonRecord[];
  /** Offset of the first of all records. Undefined if an earlier version counted them. */
  readonly from?: bigint | undefined;
  /** Whether the id of some record's schema referred to another schema than before. */
  readonly hasChangedSchemas?: boolean | undefined;
}

/** What is kept of a record that was skipped. */
export interface SkippedRecord {
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  readonly reason: string;
  readonly detail: string;
  /** The first bytes of the key and the value. Null is Kafka's null. */
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface PoisonRecord extends SkippedRecord {
  /** Its number in the generation, from 0. */
  readonly index: number;
  /** Whether no later record of its key was read. False if its key is unknown. */
  readonly isNewest: boolean;
  /** Whether no later removal of its key was read, so that a range lacks it. */
  readonly isInRange: boolean;
  /** SHA-256 of the stored key, if `key` has only its beginning. */
  readonly keyDigest?: string | undefined;
}

/**
 * What the store knows about keys of the partition whose home, or another record, is in another
 * partition.
 */
export interface Placement {
  /** Numbers of partitions by which keys were placed, the current one last. */
  readonly partitions: readonly number[];
  /** Misplaced records of this generation. */
  readonly misplaced: number;
  /**
   * Whether the partition may have misplaced records. Never reset while the topic id is the same.
   */
  readonly isMixed: boolean;
  /** From now on, removals are kept as notes. */
  readonly keepsNotes: boolean;
  /** Whether the partition was read once to its end. */
  readonly isRead: boolean;
  /** The least timestamp of a misplaced value. Undefined if there is none. */
  readonly misplacedFrom?: bigint | undefined;
  /** The greatest timestamp of a removal that left no note. Undefined if there is none. */
  readonly droppedTo?: bigint | undefined;
}

export interface StoreOp {
  /** The result of `KeyEncoding.encode`. */
  readonly key: Buffer;
  /**
   * Undefined deletes the key with all its versions. A note does the same, but replaces the record.
   */
  readonly record: StoredRecord | undefined;
  /** Adds the partition to the key index, because the key belongs in another partition. */
  readonly isIndexed?: boolean;
  /** The place of the record in the range index. Undefined if it is in no range. */
  readonly version?: Version | undefined;
}

/** A place in the range index. A key has at most one version at each place. */
export interface Version {
  /** The encoded value of the range key. Undefined if the key itself is the scope. */
  readonly scope: Buffer | undefined;
  /** The encoded value of the range field. */
  readonly order: Buffer;
}

/**
 * A JSON value that an index may contain: a number as it is written, or text without its quotes.
 */
export interface RangeScalar {
  readonly type: 'number' | 'string' | 'boolean';
  readonly text: string;
}

/**
 * The order of a topic's versions. An entry of the index is its scope, then its order. With a range
 * key, the stored key of the record follows. So two keys never share an entry, and the entries of a
 * scope are one range in order.
 */
export interface RangeIndex {
  readonly type: 'number' | 'string' | 'timestamp';
  /** Names of the members that lead to the range field. */
  readonly field: readonly string[];
  /** Names of the members that lead to the range key. Undefined if there is none. */
  readonly key: readonly string[] | undefined;
  /** Identifies everything that the layout depends on. */
  readonly name: string;
  /** The order of a value of the range field. Undefined if the value has another type. */
  orderOf(scalar: RangeScalar): Buffer | undefined;
  /** The scope of a stored key, if there is no range key. */
  scopeOfKey(key: Buffer): Buffer;
  /** The scope of a value of the range key. Undefined if the value cannot be a scope. */
  scopeOfScalar(scalar: RangeScalar): Buffer | undefined;
}

export interface StoredEntry extends StoredRecord {
  readonly key: Buffer;
}

export interface ListOptions {
  readonly partition: number;
  readonly generation: number;
  /** The list begins after this key, or with the first if undefined. */
  readonly after?: Buffer;
  readonly itemsMax: number;
  /** The list ends with the entry that reaches this many bytes of keys and values. */
  readonly bytesMax: number;
  /** Whether the list includes notes of removals. */
  readonly hasNotes?: boolean;
}

export interface EntryList {
  readonly entries: readonly StoredEntry[];
  /** Whether the last entry is the last of the generation. */
  readonly isComplete: boolean;
}

export interface RangeOptions {
  readonly partition: number;
  readonly generation: number;
  /** The first place, and the end of the range, as the index has them. */
  readonly gte: Buffer;
  readonly lt: Buffer;
  /** Whether the last entry comes first. */
  readonly isReverse: boolean;
}

export interface CountOptions {
  readonly partition: number;
  readonly generation: number;
  readonly index: 'keys' | 'versions';
  /** Entries that are not counted by then are estimated. */
  readonly deadline: Deadline;
}

export interface EntryCount {
  readonly count: number;
  readonly isExact: boolean;
}

/** One version in the range index. `place` and `json` are text with one character per byte. */
export interface RangeEntry {
  /** Its scope, its order and its key: the text by which versions order. */
  readonly place: string;
  /** As UTF-8. */
  readonly json: string;
  /** The time of its record and the length of its key, see `version-layout.ts`. */
  readonly stamp: string;
}

export interface EntryPage {
  readonly entries: readonly RangeEntry[];
  /** Whether the last entry is the last of the range. */
  readonly isComplete: boolean;
}

/**
 * Entries of the range index of one generation, from the snapshot of when the reader was opened.
 */
export interface RangeReader {
  /**
   * The next entries. Ends with the entry that reaches either limit. Has at least one entry, except
   * at the end.
   */
  next(itemsMax: number, bytesMax: number): Promise<EntryPage>;
  /** The caller that opened the reader closes it, also after a failure. */
  close(): Promise<void>;
}

/**
 * Reads of one topic's store. A value with a wrong checksum is never returned: the call throws
 * `CorruptStoreError`. Any other error means that the store cannot be read now.
 */
export interface ReadonlyStore {
  get(partition: number, generation: number, key: Buffer): StoredRecord | undefined;
  /** Like `get`, but also returns the note of a removal, which is a record without JSON. */
  find(partition: number, generation: number, key: Buffer): StoredRecord | undefined;
  /**
   * The partitions that have a record of the key that was written with `isIndexed`, and some that
   * had one. Undefined if any partition may have one.
   */
  placesOf(key: Buffer): readonly number[] | undefined;
  /** In a topic with versions, the time of the last removal of the key that left a note. */
  removedAt(partition: number, generation: number, key: Buffer): bigint | undefined;
  /** Entries of one generation in key order, from one snapshot. */
  list(options: ListOptions): Promise<EntryList>;
  openRange(options: RangeOptions): RangeReader;
  count(options: CountOptions): Promise<EntryCount>;
  /** Undefined if the partition was never written. */
  position(partition: number): PartitionPosition | undefined;
}

export interface WritableStore extends ReadonlyStore {
  /**
   * Applies the operations in order and sets the partition's position, all or nothing. After a
   * crash the store has both or neither. After a rejected write, the caller must not write again
   * before `reopen`.
   */
  write(partition: number, ops: readonly StoreOp[], position: PartitionPosition): Promise<void>;
  /** Whether a load of the generation is incomplete and can continue. */
  isLoading(partition: number, generation: number): boolean;
  /**
   * Adds operations to an empty generation, or after those that are already loaded. They are
   * readable and durable when `endLoad` resolves. After an earlier crash, the store has the first
   * of them and their position. Resolves to whether it takes more; if not, the caller must call
   * `endLoad`. No `write` of the partition may come in between. Rejects as `write` does.
   */
  load(partition: number, ops: readonly StoreOp[], position: PartitionPosition): Promise<boolean>;
  endLoad(partition: number, position: PartitionPosition): Promise<void>;
  /**
   * Moves some loaded operations to the form of `write`, which makes reads faster. Resolves to
   * whether work is left. No `write` of the partition may overlap it.
   */
  settle(partition: number, generation: number): Promise<boolean>;
  /** The approximate number of loaded operations that are not settled. 0 if all are. */
  unsettled(partition: number): number;
  /** Deletes all data of the partition outside this generation, in bounded steps. */
  clearOtherGenerations(partition: number, generation: number, signal: AbortSignal): Promise<void>;
  /**
   * Closes the handle and opens the directory again, after a failed write. With `discard`, or if
   * the directory is corrupt, it sets the directory aside, and the store starts empty. Meanwhile
   * reads throw. Afterwards positions may be older, or missing.
   */
  reopen(how: { readonly discard: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** The schema that first decoded values of this id, and Kafka's id of their topic. */
export interface SchemaNote {
  readonly topicId: string;
  readonly fingerprint: string;
}

/** The schemas that a topic's store has recorded, for all partitions and generations. */
export interface SchemaNotes {
  schemaNote(id: number): SchemaNote | undefined;
  /**
   * When this resolves, no later write can survive a crash without the note. Above a limit, the
   * lowest ids are deleted. Rejects as `WritableStore.write` does.
   */
  noteSchema(id: number, note: SchemaNote): Promise<void>;
}

export class CorruptStoreError extends Error {
  override readonly name = 'CorruptStoreError';
}
