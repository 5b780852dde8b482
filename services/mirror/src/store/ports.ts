import type { KeyType } from './key-encoding.ts';
import type { StoredRecord } from './value-layout.ts';

/** What one store holds; a directory that says anything else is never served. */
export interface StoreIdentity {
  readonly topic: string;
  /** Of a store that is there already its own number counts. */
  readonly partitions: number;
  readonly keyType: KeyType;
  readonly valueType: string;
  /** By which rule the records of a key became one. */
  readonly writeType: string;
  /** What else the store depends on: its range index, its retention. Undefined where nothing. */
  readonly arguments?: string | undefined;
}

/** Where a partition's data stands. Written in the same batch as the data it speaks of. */
export interface PartitionPosition {
  /** Data of another generation than this one is invisible and will be cleared. */
  readonly generation: number;
  /** The offset to read next: everything before it is applied. */
  readonly nextOffset: bigint;
  /** Kafka's id of the topic that the data came from. */
  readonly topicId: string;
  /** Undefined if keys are not compared with their partitions. */
  readonly placement?: Placement | undefined;
}

/** What is known of a partition's keys that belong into another one, or are also in another one. */
export interface Placement {
  /** Numbers of partitions by which keys were placed, the present one last. */
  readonly partitions: readonly number[];
  /** Misplaced records of this generation. */
  readonly misplaced: number;
  /** Keys of other partitions may be in this one. Never reset while the topic stays the same. */
  readonly isMixed: boolean;
  /** Removals are kept as notes from here on. */
  readonly keepsNotes: boolean;
  /** Everything that was in the partition has been read once. */
  readonly isRead: boolean;
  /** The least timestamp of a misplaced value; undefined if there is none. */
  readonly misplacedFrom?: bigint | undefined;
  /** The greatest timestamp of a removal that left no note; undefined if there is none. */
  readonly droppedTo?: bigint | undefined;
}

export interface StoreOp {
  /** As `KeyEncoding.encode` gave it. */
  readonly key: Buffer;
  /** Undefined deletes the key, with all its versions. So does a note, which stays in the place of the record. */
  readonly record: StoredRecord | undefined;
  /** The index of keys gets the partition: the key belongs into another one. */
  readonly isIndexed?: boolean;
  /** Where the record stands in the range index; undefined where it stands nowhere. */
  readonly version?: Version | undefined;
}

/** A place in the range index. A key has one version at each. */
export interface Version {
  /** Of the value of the range key; undefined where the key itself is it. */
  readonly scope: Buffer | undefined;
  /** Of the value of the range field. */
  readonly order: Buffer;
}

/** A JSON value that an index may hold: a number as it is written, text without its quotes. */
export interface RangeScalar {
  readonly type: 'number' | 'string' | 'boolean';
  readonly text: string;
}

/**
 * How the versions of a topic are ordered. An entry of the index is its scope, then its order, and
 * with a range key then the key that the record has in the topic, as it is stored: so two keys never
 * share an entry, and the entries of a scope are one range, in their order.
 */
export interface RangeIndex {
  readonly type: 'number' | 'string' | 'timestamp';
  /** Names of the members that lead to the range field. */
  readonly field: readonly string[];
  /** Those of the range key; undefined where there is none. */
  readonly key: readonly string[] | undefined;
  /** Says all that the layout depends on. */
  readonly name: string;
  /** The order of a value of the range field; undefined where it is not of the type. */
  orderOf(scalar: RangeScalar): Buffer | undefined;
  /** The scope of a stored key, where there is no range key. */
  scopeOfKey(key: Buffer): Buffer;
  /** The scope of a value of the range key; undefined where it cannot be one. */
  scopeOfScalar(scalar: RangeScalar): Buffer | undefined;
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
  /** True lists the notes of removals too. */
  readonly hasNotes?: boolean;
}

export interface EntryList {
  readonly entries: readonly StoredEntry[];
  /** True where the generation has no entry behind the last one. */
  readonly isComplete: boolean;
}

export interface RangeOptions {
  readonly partition: number;
  readonly generation: number;
  /** The first entry and the one behind the last, as the index has them. */
  readonly gte: Buffer;
  readonly lt: Buffer;
  /** True begins with the last. */
  readonly isReverse: boolean;
}

/** One version in the range index. Both are text with one character for each byte. */
export interface RangeEntry {
  /** Its scope, its order and what else it is told apart by: what the texts order by. */
  readonly place: string;
  /** As UTF-8. */
  readonly json: string;
  /** The time of its record and the length of its key: see `version-layout.ts`. */
  readonly stamp: string;
}

export interface EntryPage {
  readonly entries: readonly RangeEntry[];
  /** True where the range has no entry behind the last one. */
  readonly isComplete: boolean;
}

/** Entries of the range index of one generation, all from the snapshot of when it was opened. */
export interface RangeReader {
  /** The next entries; ends with the one that reaches either limit, and has at least one until the end. */
  next(itemsMax: number, bytesMax: number): Promise<EntryPage>;
  /** Whoever opened it closes it, also after a failure. */
  close(): Promise<void>;
}

/**
 * Reads of one topic's store. A value whose checksum is wrong is never returned: the call throws
 * `CorruptStoreError` instead. Any other throw means that the store cannot be read now.
 */
export interface ReadonlyStore {
  get(partition: number, generation: number, key: Buffer): StoredRecord | undefined;
  /** As `get`, or the note that the removal of the key left: a record without JSON. */
  find(partition: number, generation: number, key: Buffer): StoredRecord | undefined;
  /**
   * The partitions that have a record of the key that was written with `isIndexed`, and some that had;
   * undefined if any partition may.
   */
  placesOf(key: Buffer): readonly number[] | undefined;
  /** In a topic with versions the time of the last removal of the key that left a note. */
  removedAt(partition: number, generation: number, key: Buffer): bigint | undefined;
  /** Entries of one generation in key order, all from one snapshot. */
  list(options: ListOptions): Promise<EntryList>;
  openRange(options: RangeOptions): RangeReader;
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
  /** Whether the generation is being loaded: it was left in the middle of it, and can go on with it. */
  isLoading(partition: number, generation: number): boolean;
  /**
   * Takes the operations into an empty generation, or behind what was loaded into it. They can be read,
   * and are sure to survive, once `endLoad` has resolved: a crash before leaves the begin of them,
   * with the position behind it. Resolves to whether more is taken; where not, `endLoad` has to follow.
   * No `write` of the partition in between. Rejects as `write` does.
   */
  load(partition: number, ops: readonly StoreOp[], position: PartitionPosition): Promise<boolean>;
  endLoad(partition: number, position: PartitionPosition): Promise<void>;
  /**
   * Brings some of what was loaded into the form that `write` gives it, for the speed of reads. Resolves
   * to whether something is left. No `write` of the partition in between.
   */
  settle(partition: number, generation: number): Promise<boolean>;
  /** About how many loaded operations of the partition are left to `settle`: 0 once there are none. */
  unsettled(partition: number): number;
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

/** The schema that values of one id were read with first, and Kafka's id of the topic they were in. */
export interface SchemaNote {
  readonly topicId: string;
  readonly fingerprint: string;
}

/** What a topic's store remembers of schemas, whichever partition and generation they were met in. */
export interface SchemaNotes {
  schemaNote(id: number): SchemaNote | undefined;
  /**
   * Once it has resolved, nothing that is written later survives a crash without it. Beyond a bound the
   * lowest ids make room. Rejects as `WritableStore.write` does.
   */
  noteSchema(id: number, note: SchemaNote): Promise<void>;
}

export class CorruptStoreError extends Error {
  override readonly name = 'CorruptStoreError';
}
