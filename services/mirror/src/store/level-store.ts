import { mkdir } from 'node:fs/promises';

import { ClassicLevel } from 'classic-level';

import { GatheredWrites, type RawBatch } from './gathered-writes.ts';
import { intact } from './intact.ts';
import { LevelRange } from './level-range.ts';
import {
  CorruptStoreError,
  type EntryList,
  type ListOptions,
  type PartitionPosition,
  type RangeOptions,
  type RangeReader,
  type StoredEntry,
  type StoreOp,
  type WritableStore,
} from './ports.ts';
import { setCorruptAside } from './set-aside.ts';
import { parsePartitionPosition, printPartitionPosition } from './store-identity.ts';
import {
  behindPrefix,
  DATA_PREFIX_BYTES,
  dataPrefix,
  INDEXES,
  partitionMetaKey,
  RANGE,
  STORE_META_KEY,
} from './store-key.ts';
import { Slab, VALUE_OVERHEAD_BYTES, writeValue, type StoredRecord } from './value-layout.ts';
import { VersionWrites, type Versions } from './version-writes.ts';

export interface LevelStoreOptions {
  readonly directory: string;
  /** The record that says what the store holds; written where there is none. */
  readonly identity: Buffer;
  /** Whether there are versions, and whose they are; undefined where the newest record is all. */
  readonly versions?: Versions | undefined;
  /** Memory for LevelDB's block cache and its two write buffers together. */
  readonly cacheBytes: number;
}

/** Entries removed by one step of a clear, so that a write never waits long behind it. */
const CLEAR_STEP = 10_000;
/** Bytes that an iterator may hold; its default of 16 kB makes many short steps. */
const READ_AHEAD_BYTES = 262_144;
const TABLE_BYTES = 33_554_432;
/** Longer keys and values get memory of their own. */
const SLAB_BYTES = { key: 4_096, value: 1_048_576 };

/** A topic's store in one LevelDB. The only file that knows LevelDB. */
export class LevelStore implements WritableStore {
  readonly #options: LevelStoreOptions;
  #db: ClassicLevel<Buffer, Buffer>;
  #writes: GatheredWrites;
  readonly #keySlab = new Slab(SLAB_BYTES.key);
  readonly #valueSlab = new Slab(SLAB_BYTES.value);
  readonly #prefixes = new Map<number, { generation: number; prefix: Buffer }>();

  private constructor(options: LevelStoreOptions, db: ClassicLevel<Buffer, Buffer>) {
    this.#options = options;
    this.#db = db;
    this.#writes = gatheredWrites(db);
  }

  /** Throws Node's or LevelDB's own error; `openFailure` names its kind. */
  static async open(options: LevelStoreOptions): Promise<LevelStore> {
    return new LevelStore(options, await openDatabase(options));
  }

  /** The record that says what the store holds. */
  identity(): Buffer {
    return this.#db.getSync(STORE_META_KEY) ?? this.#options.identity;
  }

  get(partition: number, generation: number, key: Buffer): StoredRecord | undefined {
    const storeKey = this.#storeKey(partition, generation, key);
    const value = this.#db.getSync(storeKey);
    return value === undefined ? undefined : intact(storeKey, value);
  }

  async list(options: ListOptions): Promise<EntryList> {
    const { partition, generation, after, itemsMax, bytesMax } = options;
    const prefix = dataPrefix(partition, generation);
    const start = after === undefined ? { gte: prefix } : { gt: Buffer.concat([prefix, after]) };
    const iterator = this.#db.iterator({
      ...start,
      lt: behindPrefix(prefix),
      // One more than wanted tells whether there is more.
      limit: itemsMax + 1,
      highWaterMarkBytes: READ_AHEAD_BYTES,
    });
    const entries: StoredEntry[] = [];
    let bytes = 0;
    try {
      for (;;) {
        const chunk = await iterator.nextv(itemsMax + 1 - entries.length);
        if (chunk.length === 0) {
          return { entries, isComplete: true };
        }
        for (const [storeKey, value] of chunk) {
          if (entries.length === itemsMax || bytes >= bytesMax) {
            return { entries, isComplete: false };
          }
          const record = intact(storeKey, value);
          entries.push({ key: storeKey.subarray(DATA_PREFIX_BYTES), ...record });
          bytes += storeKey.length + value.length;
        }
      }
    } finally {
      await iterator.close();
    }
  }

  openRange({ partition, generation, gte, lt, isReverse }: RangeOptions): RangeReader {
    const prefix = dataPrefix(partition, generation, RANGE);
    return new LevelRange(
      this.#db.iterator({
        gte: Buffer.concat([prefix, gte]),
        lt: Buffer.concat([prefix, lt]),
        reverse: isReverse,
        highWaterMarkBytes: READ_AHEAD_BYTES,
      }),
    );
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
    return position;
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
    await this.#writes.add((batch) => {
      for (const { key, record } of ops) {
        // LevelDB copies what is put, so the same memory serves for the next.
        const keyBytes = prefix.length + key.length;
        const keySlab = keyBytes <= SLAB_BYTES.key ? this.#keySlab : new Slab(keyBytes);
        keySlab.bytes.set(prefix, 0);
        keySlab.bytes.set(key, prefix.length);
        const storeKey = keySlab.head(keyBytes);
        if (record === undefined) {
          batch._del(storeKey);
          continue;
        }
        const slab = this.#valueSlabOf(VALUE_OVERHEAD_BYTES + record.json.length);
        batch._put(storeKey, writeValue(slab, storeKey, record));
      }
      versions?.fill(batch, (bytes) => this.#valueSlabOf(bytes));
      // The position rides in the same batch as the data. If it were written after, a crash between
      // the two would replay records; written before, it would lose them.
      batch._put(partitionMetaKey(partition), printPartitionPosition(position));
    });
  }

  async clearOtherGenerations(
    partition: number,
    generation: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const index of INDEXES) {
      const keep = dataPrefix(partition, generation, index);
      await this.#clear(dataPrefix(partition, 0, index), keep, signal);
      await this.#clear(behindPrefix(keep), dataPrefix(partition + 1, 0, index), signal);
    }
  }

  async reopen(how: { readonly discard: boolean }): Promise<void> {
    await this.#db.close();
    if (how.discard) {
      await setCorruptAside(this.#options.directory);
    }
    try {
      this.#db = await openDatabase(this.#options);
      this.#writes = gatheredWrites(this.#db);
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

  async #clear(gte: Buffer, lt: Buffer, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [first] = await this.#db.keys({ gte, lt, limit: 1 }).all();
      if (first === undefined) {
        return;
      }
      await this.#db.clear({ gte: first, lt, limit: CLEAR_STEP });
    }
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
    const known = this.#prefixes.get(partition);
    if (known?.generation === generation) {
      return known.prefix;
    }
    const prefix = dataPrefix(partition, generation);
    this.#prefixes.set(partition, { generation, prefix });
    return prefix;
  }
}

export type OpenFailure = 'locked' | 'corrupt' | 'unavailable';

/** What a failed `LevelStore.open` or `reopen` means. */
export function openFailure(error: unknown): OpenFailure {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (code === 'LEVEL_LOCKED') {
      return 'locked';
    }
    if (code === 'LEVEL_CORRUPTION') {
      return 'corrupt';
    }
    // A file that LevelDB's own files name is missing: no retry brings it back. LevelDB has no code
    // for it, only the text of the system.
    if (code === 'LEVEL_IO_ERROR' && at.message.includes('No such file or directory')) {
      return 'corrupt';
    }
  }
  return 'unavailable';
}

async function openDatabase(options: LevelStoreOptions): Promise<ClassicLevel<Buffer, Buffer>> {
  // Before LevelDB does it, for the mode: what a topic holds is nobody else's business.
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const db = new ClassicLevel<Buffer, Buffer>(options.directory, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    // Larger than the default, for fewer and cheaper compactions of large topics.
    maxFileSize: TABLE_BYTES,
    ...memoryShares(options.cacheBytes),
  });
  await db.open();
  try {
    await ensureIdentity(db, options.identity);
  } catch (error) {
    await db.close();
    throw error;
  }
  return db;
}

async function ensureIdentity(db: ClassicLevel<Buffer, Buffer>, identity: Buffer): Promise<void> {
  if (db.getSync(STORE_META_KEY) !== undefined) {
    return;
  }
  const [first] = await db.keys({ limit: 1 }).all();
  if (first !== undefined) {
    // It is the first record of every store and on the disk before the second.
    throw Object.assign(new Error('The store has lost its first record.'), {
      code: 'LEVEL_CORRUPTION',
    });
  }
  await db.put(STORE_META_KEY, identity, { sync: true });
}

function gatheredWrites(db: ClassicLevel<Buffer, Buffer>): GatheredWrites {
  // The methods are classic-level's own, which its types leave out.
  return new GatheredWrites(() => db.batch() as unknown as RawBatch);
}

/**
 * LevelDB holds up to two write buffers besides its block cache. Most of the memory is theirs: the
 * larger they are, the fewer times a record is written again while a topic is read. Beyond 64 MB
 * that brings nothing more.
 */
function memoryShares(cacheBytes: number): { cacheSize: number; writeBufferSize: number } {
  const writeBufferSize = Math.min(67_108_864, Math.max(65_536, Math.floor(cacheBytes * 0.43)));
  return { writeBufferSize, cacheSize: Math.max(65_536, cacheBytes - 2 * writeBufferSize) };
}
