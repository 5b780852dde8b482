import type { ErrorCode } from '@quicksilver/common/errors/catalog';

/** A record with its place; `null` removes the key. */
export interface PlacedRecord {
  readonly partition: number;
  readonly key: Buffer;
  readonly value: Buffer | null;
}

export interface WriteFailure {
  readonly ok: false;
  /** `not_written`: the record is certainly not in the topic and never will be. `unknown`: it may be. */
  readonly outcome: 'not_written' | 'unknown';
  readonly code: ErrorCode;
  readonly detail: string;
  /** Where the key of an immutable topic has a record already. */
  readonly existing?: { readonly topic: string; readonly key: string };
}

export type WriteOutcome =
  | { readonly ok: true; readonly partition: number; readonly offset: bigint }
  | WriteFailure;

/** See `WriteQueue.submit`. */
export type SubmitRecords = (
  topic: string,
  records: readonly PlacedRecord[],
  arrivedMs: number,
  done: WriteDone,
) => void;

/**
 * Called once, with one outcome per record in the order of the records. Must not throw: the same caller
 * calls back for many requests.
 */
export type WriteDone = (outcomes: readonly WriteOutcome[]) => void;
