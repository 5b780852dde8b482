import type { Newer } from './bulk-storage.ts';
import type { Level } from './level-database.ts';
import { isRemoval } from './value-layout.ts';

/** Entries of the data that are read at once. */
const ENTRIES_MAX = 5_000;
const READ_AHEAD_BYTES = 262_144;

/**
 * What the data has of each key, which are in their order. In one go if the data has little between
 * the keys, which is most of the time.
 */
export async function newerData(db: Level, keys: readonly Buffer[]): Promise<readonly Newer[]> {
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) {
    return [];
  }
  const range = { gte: first, lte: last, limit: ENTRIES_MAX, highWaterMarkBytes: READ_AHEAD_BYTES };
  const found = await db.iterator(range).all();
  const known = new Map(found.map(([key, value]) => [key.toString('latin1'), value]));
  const end = found.length < ENTRIES_MAX ? last : (found.at(-1)?.[0] ?? last);
  return keys.map((key) => {
    const isKnown = key.compare(end) <= 0;
    const value = isKnown ? known.get(key.toString('latin1')) : db.getSync(key);
    if (value === undefined) {
      return 'nothing';
    }
    return isRemoval(key, value) ? 'removal' : 'value';
  });
}
