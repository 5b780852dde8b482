import { intact } from './intact.ts';
import type { LevelIterator } from './level-range.ts';
import type { EntryList, ListOptions, StoredEntry } from './ports.ts';
import type { RunCursor } from './run-cursor.ts';
import { DATA_PREFIX_BYTES } from './store-key.ts';
import { isNote, isRemoval } from './value-layout.ts';

const STEP = 1_000;

/** The entries of the data, and those of the runs whose keys are not in the data, in key order. */
export async function listMerged(
  data: LevelIterator,
  operations: RunCursor,
  { itemsMax, bytesMax, hasNotes = false }: Pick<ListOptions, 'itemsMax' | 'bytesMax' | 'hasNotes'>,
): Promise<EntryList> {
  const entries: StoredEntry[] = [];
  let bytes = 0;
  for await (const entry of merged(data, operations)) {
    if (isNote(entry) && !hasNotes) {
      continue;
    }
    if (entries.length === itemsMax || bytes >= bytesMax) {
      return { entries, isComplete: false };
    }
    entries.push(entry);
    bytes += entry.key.length + entry.json.length;
  }
  return { entries, isComplete: true };
}

async function* merged(data: LevelIterator, operations: RunCursor): AsyncGenerator<StoredEntry> {
  for (;;) {
    const step = await data.nextv(STEP);
    for (const [storeKey, value] of step) {
      const key = storeKey.subarray(DATA_PREFIX_BYTES);
      yield* operationsBefore(key, operations);
      if (operations.peek()?.key.equals(key) === true) {
        operations.next();
      }
      if (!isRemoval(storeKey, value)) {
        yield { key, ...intact(storeKey, value) };
      }
    }
    if (step.length === 0) {
      yield* operationsBefore(undefined, operations);
      return;
    }
  }
}

/** Without a key, all remaining operations. */
function* operationsBefore(key: Buffer | undefined, operations: RunCursor): Generator<StoredEntry> {
  for (let op = operations.peek(); op !== undefined; op = operations.peek()) {
    if (key !== undefined && op.key.compare(key) >= 0) {
      return;
    }
    operations.next();
    if (op.record !== undefined) {
      yield { key: op.key, ...op.record };
    }
  }
}
