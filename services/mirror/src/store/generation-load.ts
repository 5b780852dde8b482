import type { PartitionPosition } from './ports.ts';
import type { RunBuffer } from './run-buffer.ts';
import type { RunCursor } from './run-cursor.ts';
import type { SortedRun } from './sorted-run.ts';

/** The state in memory of a generation that is being loaded, or whose runs still exist. */
export interface GenerationLoad {
  readonly partition: number;
  readonly generation: number;
  /** The oldest first. */
  readonly runs: SortedRun[];
  /** The position of the newest run. Undefined without runs. */
  position: PartitionPosition | undefined;
  /** True if no run follows. */
  isEnded: boolean;
  /** The last key that was moved to the data. */
  settledTo: Buffer | undefined;
  /** Keys of the last step with a removal in the data that is no longer needed. */
  removals: readonly Buffer[];
  buffer: RunBuffer | undefined;
  /** Keys of the buffer for the key index, with one character per byte. */
  indexed: Set<string>;
  flushing: Promise<void>;
  cursor: RunCursor | undefined;
  /** Lists in progress that read pages. The pages must stay until they end. */
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
