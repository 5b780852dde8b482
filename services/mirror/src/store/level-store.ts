import type { BulkLoads } from './bulk-loads.ts';
import type { SettleTarget } from './bulk-storage.ts';
import { countEntries } from './count-entries.ts';
import type { GroupCommit } from './group-commit.ts';
import { intact, intactTime } from './intact.ts';
import {
  clear,
  openDatabase,
  openFailure,
  type Database,
  type Level,
  type LevelOptions,
} from './level-database.ts';
import { LevelRange } from './level-range.ts';
import type { KeyIndex } from './key-index.ts';
import { listMerged } from './merged-list.ts';
import { newerData } from './newer-data.ts';
import type { PoisonEntries } from './poison-entries.ts';
import {
  CorruptStoreError,
  type CountOptions,
  type EntryCount,
  type EntryList,
  type ListOptions,
  type PartitionPosition,
  type RangeOptions,
  type RangeReader,
  type SchemaNote,
  type SchemaNotes,
  type StoredEntry,
  type StoreOp,
  type WritableStore,
} from './ports.ts';
import { setCorruptAside } from './set-aside.ts';
import {
  parsePartitionPosition,
  parseSchemaNote,
  printPartitionPosition,
  printSchemaNote,
} from './store-identity.ts';
import {
  behindPrefix,
  DATA_PREFIX_BYTES,
  dataPrefix,
  INDEXES,
  partitionMetaKey,
  RANGE,
  REMOVED,
  schemaNoteKey,
  STORE_META_KEY,
} from './store-key.ts';
import {
  isNote,
  isRemoval,
  removalOf,
  Slab,
  VALUE_OVERHEAD_BYTES,
  writeValue,
  type StoredRecord,
} from './value-layout.ts';
import { seedOf } from './version-layout.ts';
import { VersionWrites, type Versions } from './version-writes.ts';

export interface LevelStoreOptions extends LevelOptions {
  /** The layout of the versions. Undefined if the topic has no range. */
  readonly versions?: Versions | undefined;
}

/** Bytes that an iterator may hold. The default of 16 kB needs many short steps. */
const READ_AHEAD_BYTES = 262_144;
/**
 * For an iterator whose keys are not read. Its bounds are bytes. For each entry the binding creates
 * an empty string, which costs nothing, instead of an empty buffer.
 */
const BOUNDS_ONLY = {
  name: 'bounds-only',
  format: 'utf8',
  encode: (bound: Buffer): Buffer => bound,
  decode: (key: Buffer): Buffer => key,
} as const;
/** Far more than any topic has. */
const SCHEMA_NOTES_MAX = 1_000;
/** Longer keys and values get their own memory. */
const SLAB_BYTES = { key: 4_096, value: 1_048_576 };

/** The store of one topic in one LevelDB. */
export class LevelStore implements WritableStore, SchemaNotes {
  readonly #options: LevelStoreOptions;
  /** The identity of a store that starts empty. */
  #identity: Buffer;
  #db: Level;
  #writes: GroupCommit;
  #loads: BulkLoads;
  #index: KeyIndex;
  #poison: PoisonEntries;
  readonly #keySlab = new Slab(SLAB_BYTES.key);
  readonly #valueSlab = new Slab(SLAB_BYTES.value);
  readonly #prefixes = new Map<number, { generation: number; prefix: Buffer }>();

  private constructor(options: LevelStoreOptions, { db, writes, loads, index, poison }: Database) {
    this.#options = options;
    this.#identity = options.identity;
    this.#db = db;
    this.#writes = writes;
    this.#loads = loads;
    this.#index = index;
    this.#poison = poison;
  }

  /** Throws the error of Node or LevelDB. `openFailure` returns its kind. */
  static async open(options: LevelStoreOptions): Promise<LevelStore> {
    return new LevelStore(options, await openDatabase(options));
  }

  /** The record that identifies the contents of the store. */
  identity(): Buffer {
    return this.#db.getSync(STORE_META_KEY) ?? this.#identity;
  }

  /** The identity is on disk when this resolves. */
  async setIdentity(identity: Buffer): Promise<void> {
    await this.#db.put(STORE_META_KEY, identity, { sync: true });
    this.#identity = identity;
  }

  get(partition: number, generation: number, key: Buffer): StoredRecord | undefined {
    const record = this.find(partition, generation, key);
    return record === undefined || isNote(record) ? undefined : record;
  }

  find(partition: number, generation: number, key: Buffer): StoredRecord | undefined {
    const storeKey = this.#storeKey(partition, generation, key);
    const value = this.#db.getSync(storeKey);
    if (value === undefined) {
      return this.#loads.find(partition, generation, key)?.record;
    }
    return isRemoval(storeKey, value) ? undefined : intact(storeKey, value);
  }

  placesOf(key: Buffer): readonly number[] | undefined {
    return this.#index.placesOf(key);
  }

  removedAt(partition: number, generation: number, key: Buffer): bigint | undefined {
    const storeKey = Buffer.concat([dataPrefix(partition, generation, REMOVED), key]);
    const value = this.#db.getSync(storeKey);
    return value && intactTime(storeKey, value);
  }

  async list(options: ListOptions): Promise<EntryList> {
    const { partition, generation, after, itemsMax, bytesMax, hasNotes = false } = options;
    const prefix = dataPrefix(partition, generation);
    const start = after === undefined ? { gte: prefix } : { gt: Buffer.concat([prefix, after]) };
    // Before the iterator is opened: it reads pages, and if that throws, nothing must stay open.
    const runs = this.#loads.cursor(partition, generation, after);
    const iterator = this.#db.iterator({
      ...start,
      lt: behindPrefix(prefix),
      highWaterMarkBytes: READ_AHEAD_BYTES,
    });
    const entries: StoredEntry[] = [];
    let bytes = 0;
    try {
      if (runs !== undefined) {
        return await listMerged(iterator, runs.operations, options);
      }
      for (;;) {
        // One more than requested shows whether there is more.
        const chunk = await iterator.nextv(itemsMax + 1 - entries.length);
        if (chunk.length === 0) {
          return { entries, isComplete: true };
        }
        for (const [storeKey, value] of chunk) {
          if (entries.length === itemsMax || bytes >= bytesMax) {
            return { entries, isComplete: false };
          }
          if (isRemoval(storeKey, value)) {
            continue;
          }
          const record = intact(storeKey, value);
          if (isNote(record) && !hasNotes) {
            continue;
          }
          entries.push({ key: storeKey.subarray(DATA_PREFIX_BYTES), ...record });
          bytes += storeKey.length + value.length;
        }
      }
    } finally {
      runs?.done();
      await iterator.close();
    }
  }

  openRange({ partition, generation, gte, lt, isReverse }: RangeOptions): RangeReader {
    const prefix = dataPrefix(partition, generation, RANGE);
    const iterator = this.#db.iterator<Buffer, string>({
      gte: Buffer.concat([prefix, gte]),
      lt: Buffer.concat([prefix, lt]),
      reverse: isReverse,
      keys: false,
      keyEncoding: BOUNDS_ONLY,
      valueEncoding: 'utf8',
      highWaterMarkBytes: READ_AHEAD_BYTES,
    });
    return new LevelRange({
      iterator,
      seed: seedOf(prefix),
      gte: gte.toString('latin1'),
      lt: lt.toString('latin1'),
      isReverse,
    });
  }

  count(options: CountOptions): Promise<EntryCount> {
    return countEntries(this.#db, options, this.unsettled(options.partition));
  }

  position(partition: number): PartitionPosition | undefined {
    const stored = this.#db.getSync(partitionMetaKey(partition));
    if (stored === undefined) {
      return undefined;
    }
    const position = parsePartitionPosition(stored);
    if (position === undefined) {
      throw new CorruptStoreError(`The position of partition ${partition} cannot be read.`);
    }
    const runPosition = this.#loads.position(partition);
    const newest =
      runPosition?.generation === position.generation &&
      runPosition.nextOffset > position.nextOffset
        ? runPosition
        : position;
    return this.#poison.complete(partition, newest);
  }

  async write(
    partition: number,
    ops: readonly StoreOp[],
    position: PartitionPosition,
  ): Promise<void> {
    const prefix = this.#prefix(partition, position.generation);
    const versions =
      this.#options.versions === undefined
        ? undefined
        : await VersionWrites.plan(
            (gte, lt) => this.#db.keys({ gte, lt }).all(),
            this.#options.versions,
            partition,
            position,
            ops,
          );
    const indexWrite = this.#index.begin();
    await this.#writes.add((batch) => {
      for (const { key, record, isIndexed = false } of ops) {
        if (isIndexed) {
          indexWrite.add(batch, partition, key);
        }
        // LevelDB copies its input, so the memory can be used again for the next entry.
        const keyBytes = prefix.length + key.length;
        const keySlab = keyBytes <= SLAB_BYTES.key ? this.#keySlab : new Slab(keyBytes);
        keySlab.bytes.set(prefix, 0);
        keySlab.bytes.set(key, prefix.length);
        const storeKey = keySlab.head(keyBytes);
        if (record === undefined) {
          if (this.#loads.mayHave(partition, position.generation, key)) {
            batch._put(storeKey, removalOf(storeKey));
          } else {
            batch._del(storeKey);
          }
          continue;
        }
        const slab = this.#valueSlabOf(VALUE_OVERHEAD_BYTES + record.json.length);
        batch._put(storeKey, writeValue(slab, storeKey, record));
      }
      versions?.fill(batch);
      this.#poison.fill(batch, partition, position);
      // The position is in the same batch as the data. If it were written later, a crash in between
      // would replay records. If it were written earlier, a crash would lose them.
      batch._put(partitionMetaKey(partition), printPartitionPosition(position));
    });
    indexWrite.done();
  }

  schemaNote(id: number): SchemaNote | undefined {
    const stored = this.#db.getSync(schemaNoteKey(id));
    return stored && parseSchemaNote(stored);
  }

  async noteSchema(id: number, note: SchemaNote): Promise<void> {
    const gte = schemaNoteKey();
    const keys = await this.#db.keys({ gte, lt: behindPrefix(gte) }).all();
    await this.#writes.add((batch) => {
      for (const key of keys.slice(0, Math.max(0, keys.length + 1 - SCHEMA_NOTES_MAX))) {
        batch._del(key);
      }
      batch._put(schemaNoteKey(id), printSchemaNote(note));
    });
  }

  isLoading(partition: number, generation: number): boolean {
    return this.#loads.isLoading(partition, generation);
  }

  load(partition: number, ops: readonly StoreOp[], position: PartitionPosition): Promise<boolean> {
    return this.#loads.add(partition, ops, position);
  }

  async endLoad(partition: number, position: PartitionPosition): Promise<void> {
    const operations = await this.#loads.end(partition, position);
    if (operations !== undefined) {
      await this.write(partition, operations, position);
    }
  }

  settle(partition: number, generation: number): Promise<boolean> {
    const target: SettleTarget = {
      newer: (ops) => {
        const keys = ops.map(({ key }) => this.#storeKey(partition, generation, key));
        return newerData(this.#db, keys);
      },
      put: (batch, key, record) => {
        const storeKey = this.#storeKey(partition, generation, key);
        const slab = this.#valueSlabOf(VALUE_OVERHEAD_BYTES + record.json.length);
        batch._put(storeKey, writeValue(slab, storeKey, record));
      },
      forgetRemoval: (batch, key) => {
        const storeKey = this.#storeKey(partition, generation, key);
        const value = this.#db.getSync(storeKey);
        if (value !== undefined && isRemoval(storeKey, value)) {
          batch._del(storeKey);
        }
      },
    };
    return this.#loads.settle(partition, generation, target);
  }

  unsettled(partition: number): number {
    return this.#loads.unsettled(partition);
  }

  async clearOtherGenerations(
    partition: number,
    generation: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#loads.clearOthers(partition, generation, signal);
    for (const index of INDEXES) {
      const keep = dataPrefix(partition, generation, index);
      await clear(this.#db, dataPrefix(partition, 0, index), keep, signal);
      await clear(this.#db, behindPrefix(keep), dataPrefix(partition + 1, 0, index), signal);
    }
  }

  async reopen(how: { readonly discard: boolean }): Promise<void> {
    await this.#db.close();
    if (how.discard) {
      await setCorruptAside(this.#options.directory);
    }
    try {
      const options = { ...this.#options, identity: this.#identity };
      const { db, writes, loads, index, poison } = await openDatabase(options);
      this.#db = db;
      this.#writes = writes;
      this.#loads = loads;
      this.#index = index;
      this.#poison = poison;
    } catch (error) {
      if (how.discard || openFailure(error) !== 'corrupt') {
        throw error;
      }
      await this.reopen({ discard: true });
    }
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  #valueSlabOf(bytes: number): Slab {
    return bytes <= SLAB_BYTES.value ? this.#valueSlab : new Slab(bytes);
  }

  #storeKey(partition: number, generation: number, key: Buffer): Buffer {
    const prefix = this.#prefix(partition, generation);
    const storeKey = Buffer.allocUnsafe(prefix.length + key.length);
    storeKey.set(prefix, 0);
    storeKey.set(key, prefix.length);
    return storeKey;
  }

  #prefix(partition: number, generation: number): Buffer {
    const cached = this.#prefixes.get(partition);
    if (cached?.generation === generation) {
      return cached.prefix;
    }
    const prefix = dataPrefix(partition, generation);
    this.#prefixes.set(partition, { generation, prefix });
    return prefix;
  }
}
