import type { Placement, StoreOp } from '../store/ports.ts';

/** The records of one write. */
export interface Slice {
  readonly ops: StoreOp[];
  /** Index of the record after the last one. */
  readonly end: number;
  readonly nextOffset: bigint;
  readonly placement: Placement | undefined;
}

export function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
