import type { ErrorCode } from '@quicksilver/common/errors/catalog';

/** A record with its partition. A `null` value removes the key. */
export interface PlacedRecord {
  readonly partition: number;
  readonly key: Buffer;
  /** The key as JSON, if its bytes have a schema. */
  readonly keyJson?: string;
  readonly value: Buffer | null;
  /** Milliseconds since the epoch. Undefined means the time of sending. */
  readonly timestamp?: bigint | undefined;
}

/** The position of a record in the topic. */
export interface RecordPosition {
  readonly partition: number;
  readonly offset: bigint;
}

export interface WriteFailure {
  readonly ok: false;
  /** `not_written`: the record is not in the topic and never will be. `unknown`: it may be. */
  readonly outcome: 'not_written' | 'unknown';
  readonly code: ErrorCode;
  readonly detail: string;
  /** The existing record if the key of an immutable topic already has one. */
  readonly existing?: { readonly topic: string; readonly key: string };
}

export type WriteOutcome =
  | (RecordPosition & {
      readonly ok: true;
      /** Other records of the same write, for the removal of a key from several partitions. */
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
 * Called once, with one outcome for each record, in order. Must not throw, because the caller also
 * calls back for other requests.
 */
export type WriteDone = (outcomes: readonly WriteOutcome[]) => void;
