import type { ErrorCode } from '@quicksilver/common/errors/catalog';

/** A record with its place; `null` removes the key. */
export interface PlacedRecord {
  readonly partition: number;
  readonly key: Buffer;
  readonly value: Buffer | null;
  /** Milliseconds since the epoch; the time of sending if undefined. */
  readonly timestamp?: bigint | undefined;
}

/** Where a record is in the topic. */
export interface RecordPosition {
  readonly partition: number;
  readonly offset: bigint;
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
  | (RecordPosition & {
      readonly ok: true;
      /** Other records of the same write: a removal of a key that several partitions have. */
      readonly also?: readonly RecordPosition[];
    })
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
