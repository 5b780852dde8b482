import { mkdir } from 'node:fs/promises';

import { ClassicLevel } from 'classic-level';

import { BulkLoads } from './bulk-loads.ts';
import type { BulkStorage } from './bulk-storage.ts';
import { GatheredWrites, type RawBatch } from './gathered-writes.ts';
import { KeyIndex } from './key-index.ts';
import { CorruptStoreError } from './ports.ts';
import { STORE_META_KEY } from './store-key.ts';

/** Only this file knows the library. */
export type Level = ClassicLevel<Buffer, Buffer>;

export interface LevelOptions {
  readonly directory: string;
  /** The record that says what the store holds; written where there is none. */
  readonly identity: Buffer;
  /** Memory for LevelDB's block cache and its two write buffers together. */
  readonly cacheBytes: number;
  /** Bytes of operations that are gathered for a partition while it is loaded. */
  readonly runBytes: number;
}

/** Entries removed by one step of a clear. */
const CLEAR_STEP = 10_000;
const TABLE_BYTES = 33_554_432;

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

export interface Database {
  readonly db: Level;
  readonly writes: GatheredWrites;
  readonly loads: BulkLoads;
  readonly index: KeyIndex;
}

export async function openDatabase(options: LevelOptions): Promise<Database> {
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
    // The methods are classic-level's own, which its types leave out.
    const writes = new GatheredWrites(() => db.batch() as unknown as RawBatch);
    const index = new KeyIndex((key) => db.getSync(key));
    const loads = await BulkLoads.open(bulkStorage(db, writes), options.runBytes, index);
    return { db, writes, loads, index };
  } catch (error) {
    await db.close();
    throw error instanceof CorruptStoreError
      ? Object.assign(error, { code: 'LEVEL_CORRUPTION' })
      : error;
  }
}

function bulkStorage(db: Level, writes: GatheredWrites): BulkStorage {
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

/** In bounded steps, so that a write never waits long behind it. */
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
    // It is the first record of every store and on the disk before the second.
    throw Object.assign(new Error('The store has lost its first record.'), {
      code: 'LEVEL_CORRUPTION',
    });
  }
  await db.put(STORE_META_KEY, identity, { sync: true });
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
