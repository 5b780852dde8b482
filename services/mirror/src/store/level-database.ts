import { mkdir } from 'node:fs/promises';

import { ClassicLevel } from 'classic-level';

import { BulkLoads } from './bulk-loads.ts';
import { loadEntries, type BulkStorage, type LoadEntries } from './bulk-storage.ts';
import { GroupCommit, type RawBatch } from './group-commit.ts';
import { CorruptStoreError } from './ports.ts';
import { STORE_META_KEY } from './store-key.ts';

/** Only this file imports the library. */
export type Level = ClassicLevel<Buffer, Buffer>;

export interface LevelOptions {
  readonly directory: string;
  /** The record that identifies the contents of the store. Written if the store is new. */
  readonly identity: Buffer;
  /** Memory for LevelDB's block cache and its two write buffers. */
  readonly cacheBytes: number;
  /** Bytes of operations that are buffered per partition during a load. */
  readonly runBytes: number;
}

/** Entries that one step of `clear` deletes. */
const CLEAR_STEP = 10_000;
const TABLE_BYTES = 33_554_432;

export type OpenFailure = 'locked' | 'corrupt' | 'unavailable';

/** The kind of failure of `LevelStore.open` or `reopen`. */
export function openFailure(error: unknown): OpenFailure {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (code === 'LEVEL_LOCKED') {
      return 'locked';
    }
    if (code === 'LEVEL_CORRUPTION') {
      return 'corrupt';
    }
    // A file that LevelDB's own files refer to is missing, and no retry restores it. LevelDB has no
    // code for that, only the text of the operating system.
    if (code === 'LEVEL_IO_ERROR' && at.message.includes('No such file or directory')) {
      return 'corrupt';
    }
  }
  return 'unavailable';
}

export interface Database extends LoadEntries {
  readonly db: Level;
  readonly writes: GroupCommit;
  readonly loads: BulkLoads;
}

export async function openDatabase(options: LevelOptions): Promise<Database> {
  // LevelDB would create the directory with another mode. Other users must not read the contents of
  // a topic.
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
    // classic-level has the methods, but its types omit them.
    const writes = new GroupCommit(() => db.batch() as unknown as RawBatch);
    const storage = bulkStorage(db, writes);
    const entries = loadEntries(storage);
    const loads = await BulkLoads.open(storage, options.runBytes, entries);
    return { db, writes, loads, ...entries };
  } catch (error) {
    await db.close();
    throw error instanceof CorruptStoreError
      ? Object.assign(error, { code: 'LEVEL_CORRUPTION' })
      : error;
  }
}

function bulkStorage(db: Level, writes: GroupCommit): BulkStorage {
  return {
    get: (key) => db.getSync(key),
    entries: (gte, lt) => db.iterator({ gte, lt }).all(),
    endKey: async (gte, lt, end) => {
      const [key] = await db.keys({ gte, lt, limit: 1, reverse: end === 'last' }).all();
      return key;
    },
    write: (fill) => writes.add(fill),
    clear: (gte, lt, signal) => clear(db, gte, lt, signal),
  };
}

/** In bounded steps, so that a write never waits long. */
export async function clear(
  db: Level,
  gte: Buffer,
  lt: Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    const [first] = await db.keys({ gte, lt, limit: 1 }).all();
    if (first === undefined || signal?.aborted === true) {
      return;
    }
    await db.clear({ gte: first, lt, limit: CLEAR_STEP });
  }
}

async function ensureIdentity(db: Level, identity: Buffer): Promise<void> {
  if (db.getSync(STORE_META_KEY) !== undefined) {
    return;
  }
  const [first] = await db.keys({ limit: 1 }).all();
  if (first !== undefined) {
    // It is the first record of every store, and is on disk before the second one.
    throw Object.assign(new Error('The first record of the store is missing.'), {
      code: 'LEVEL_CORRUPTION',
    });
  }
  await db.put(STORE_META_KEY, identity, { sync: true });
}

/**
 * LevelDB has up to two write buffers in addition to its block cache. They get most of the memory,
 * because larger write buffers mean fewer rewrites of a record during a load. More than 64 MB does
 * not help.
 */
function memoryShares(cacheBytes: number): { cacheSize: number; writeBufferSize: number } {
  const writeBufferSize = Math.min(67_108_864, Math.max(65_536, Math.floor(cacheBytes * 0.43)));
  return { writeBufferSize, cacheSize: Math.max(65_536, cacheBytes - 2 * writeBufferSize) };
}
