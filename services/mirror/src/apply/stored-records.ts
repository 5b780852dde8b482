import { pause } from '@quicksilver/common/flow/deadline';

import { isNote } from '../store/value-layout.ts';
import type { ReadonlyStore, StoredEntry } from '../store/ports.ts';

export interface StoredRecordsOptions {
  readonly store: ReadonlyStore;
  readonly partition: number;
  readonly generation: number;
  /** Whether the partition still has this generation. */
  readonly isCurrent: () => boolean;
  readonly visit: (entry: StoredEntry) => void;
  readonly signal: AbortSignal;
}

/** The size of one page. It is small, so that reads and writes never wait long. */
const PAGE = { itemsMax: 500, bytesMax: 1_048_576 };
const PAUSE_MS = 1;

/** Visits each record of a partition that a store has, in pages. Rejects if the store fails. */
export async function visitStored(options: StoredRecordsOptions): Promise<void> {
  const { store, partition, generation, isCurrent, visit, signal } = options;
  let after: Buffer | undefined;
  while (!signal.aborted && isCurrent()) {
    const from = after === undefined ? {} : { after };
    const { entries, isComplete } = await store.list({ partition, generation, ...from, ...PAGE });
    for (const entry of entries.filter((each) => !isNote(each))) {
      visit(entry);
    }
    after = entries.at(-1)?.key;
    if (isComplete || after === undefined) {
      return;
    }
    await pause(PAUSE_MS, signal);
  }
}
