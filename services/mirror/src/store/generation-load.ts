import type { PartitionPosition } from './ports.ts';
import type { RunBuffer } from './run-buffer.ts';
import type { RunCursor } from './run-cursor.ts';
import type { SortedRun } from './sorted-run.ts';

/** What is known in memory of a generation that is being loaded, or whose runs are still there. */
export interface GenerationLoad {
  readonly partition: number;
  readonly generation: number;
  /** The oldest first. */
  readonly runs: SortedRun[];
  /** With the newest run; undefined where there is none. */
  position: PartitionPosition | undefined;
  /** True once no run follows. */
  isEnded: boolean;
  /** The last key that was moved to the data. */
  settledTo: Buffer | undefined;
  /** Keys of the last step whose removal stands in the data, which nothing needs any more. */
  removals: readonly Buffer[];
  buffer: RunBuffer | undefined;
  /** Keys of the buffer for the index of keys, one character for each byte. */
  indexed: Set<string>;
  flushing: Promise<void>;
  cursor: RunCursor | undefined;
  /** Lists under way that read pages, which must stay until they end. */
  readers: number;
}

export function generationLoad(partition: number, generation: number): GenerationLoad {
  return {
    partition,
    generation,
    runs: [],
    position: undefined,
    isEnded: false,
    settledTo: undefined,
    removals: [],
    buffer: undefined,
    indexed: new Set(),
    flushing: Promise.resolve(),
    cursor: undefined,
    readers: 0,
  };
}
