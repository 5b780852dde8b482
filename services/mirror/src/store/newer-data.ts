import type { Newer } from './bulk-storage.ts';
import type { Level } from './level-database.ts';
import { isRemoval } from './value-layout.ts';

/** The most entries per read. */
const ENTRIES_MAX = 5_000;
const READ_AHEAD_BYTES = 262_144;

/**
 * The state of each key in the data. The keys are in order. One read is enough if the data has few
 * entries between the keys, which is the usual case.
 */
export async function newerData(db: Level, keys: readonly Buffer[]): Promise<readonly Newer[]> {
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) {
    return [];
  }
  const range = { gte: first, lte: last, limit: ENTRIES_MAX, highWaterMarkBytes: READ_AHEAD_BYTES };
  const rows = await db.iterator(range).all();
  const values = new Map(rows.map(([key, value]) => [key.toString('latin1'), value]));
  const end = rows.length < ENTRIES_MAX ? last : (rows.at(-1)?.[0] ?? last);
  return keys.map((key) => {
    const isInRead = key.compare(end) <= 0;
    const value = isInRead ? values.get(key.toString('latin1')) : db.getSync(key);
    if (value === undefined) {
      return 'nothing';
    }
    return isRemoval(key, value) ? 'removal' : 'value';
  });
}
