import type { Placement, StoreOp } from '../store/ports.ts';

/** What one write takes. */
export interface Slice {
  readonly ops: StoreOp[];
  /** Of the record behind the last one. */
  readonly end: number;
  readonly nextOffset: bigint;
  readonly placement: Placement | undefined;
}

export function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
