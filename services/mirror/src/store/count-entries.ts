import type { Deadline } from '@quicksilver/common/flow/deadline';

import type { Level } from './level-database.ts';
import type { CountOptions, EntryCount } from './ports.ts';
import { behindPrefix, DATA, dataPrefix, RANGE } from './store-key.ts';

/** Keys that one read of the iterator returns. */
const STEP = 1_000;

/**
 * Counts entries until the deadline. From the bytes of the counted entries on disk it estimates the
 * rest. `unsettled` operations of sorted runs count as keys.
 */
export async function countEntries(
  db: Level,
  { partition, generation, index, deadline }: CountOptions,
  unsettled: number,
): Promise<EntryCount> {
  const prefix = dataPrefix(partition, generation, index === 'keys' ? DATA : RANGE);
  const rest = index === 'keys' ? unsettled : 0;
  const { count, last } = await countUntil(db, prefix, deadline);
  if (last === undefined) {
    return { count: count + rest, isExact: rest === 0 };
  }
  const [read, all] = await Promise.all([
    db.approximateSize(prefix, last),
    db.approximateSize(prefix, behindPrefix(prefix)),
  ]);
  // Without a size nothing is on disk yet.
  const estimate = read === 0 ? count : Math.round((count * all) / read);
  return { count: Math.max(count, estimate) + rest, isExact: false };
}

/** `last` is the last counted key if the deadline came first. */
async function countUntil(
  db: Level,
  prefix: Buffer,
  deadline: Deadline,
): Promise<{ readonly count: number; readonly last?: Buffer | undefined }> {
  const keys = db.keys({ gte: prefix, lt: behindPrefix(prefix) });
  let count = 0;
  try {
    for (;;) {
      const chunk = await keys.nextv(STEP);
      count += chunk.length;
      if (chunk.length === 0 || deadline.isOver) {
        return { count, last: chunk.at(-1) };
      }
    }
  } finally {
    await keys.close();
  }
}
