import type { KafkaRecord } from '@quicksilver/kafka/ports';

import type { Placement, PoisonRecords, StoreOp } from '../store/ports.ts';
import type { ApplierOptions } from './applier-options.ts';
import type { FirstWrites } from './first-writes.ts';
import type { PartitionPlacement } from './partition-placement.ts';
import type { PoisonLog } from './poison-log.ts';
import type { Reread } from './reread.ts';
import { isUnindexed, versionOf } from './range-version.ts';
import { isPoison, recordToOp, type RecordTypes } from './record-to-op.ts';
import { isRow, isTruncation, readRecord } from './row-to-op.ts';

/**
 * Records per write. Enough to amortise the write, and few enough to return to the event loop in
 * between.
 */
const WRITE_RECORDS_MAX = 1_000;
const WRITE_BYTES_MAX = 1_048_576;

/** The records of one write. */
export interface Slice {
  readonly ops: StoreOp[];
  /** Index of the record after the last one. */
  readonly end: number;
  readonly nextOffset: bigint;
  readonly placement: Placement | undefined;
  readonly poison: PoisonRecords | undefined;
  /** The last record removes all records before it. Then there are no operations. */
  readonly isTruncated: boolean;
}

export interface SliceReaderOptions extends Pick<
  ApplierOptions,
  'range' | 'onPoison' | 'onRecord' | 'onIndexed' | 'onUnindexed'
> {
  readonly placement: PartitionPlacement | undefined;
  readonly poison: PoisonLog;
}

/** Decodes the records of one partition. */
export class SliceReader {
  readonly #options: SliceReaderOptions;
  /** Must learn of each record that is applied behind it. Undefined if there is none. */
  reread: Reread | undefined;
  /** Offset of the record after the last one that was decoded, which may not be written yet. */
  decodedTo = 0n;

  constructor(options: SliceReaderOptions) {
    this.#options = options;
  }

  /** Reads the records of one write. `firsts` is undefined if the last write of a key counts. */
  read(
    records: readonly KafkaRecord[],
    from: number,
    fromOffset: bigint,
    types: RecordTypes,
    firsts: FirstWrites | undefined,
  ): Slice {
    const { placement, poison } = this.#options;
    let isTruncated = false;
    const ops: StoreOp[] = [];
    let nextOffset = fromOffset;
    let bytes = 0;
    let end = from;
    while (end - from < WRITE_RECORDS_MAX && bytes < WRITE_BYTES_MAX && !isTruncated) {
      const sent = records[end];
      if (sent === undefined) {
        break;
      }
      end += 1;
      if (sent.offset < nextOffset) {
        continue;
      }
      nextOffset = sent.offset + 1n;
      bytes += (sent.key?.length ?? 0) + (sent.value?.length ?? 0);
      const row = isRow(types) ? undefined : readRecord(sent, types);
      const record = row?.record ?? sent;
      const outcome = row === undefined ? recordToOp(sent, types) : row.outcome;
      if (outcome === undefined) {
        continue;
      }
      if (isTruncation(outcome)) {
        isTruncated = true;
      } else if (isPoison(outcome)) {
        const key = poison.add(record, outcome);
        this.reread?.addPoison(record, outcome);
        this.#options.onPoison(record, outcome, { total: poison.count, key });
      } else {
        this.#options.onRecord?.(record, outcome);
        poison.supersede(outcome.key, outcome.record === undefined);
        const op = placement?.count(record, outcome) ?? outcome;
        if (firsts === undefined || firsts.admits(op)) {
          const versioned = this.#versioned(record, op);
          this.reread?.supersede(versioned);
          ops.push(versioned);
        } else {
          this.reread?.supersede(outcome);
        }
      }
    }
    if (isTruncated) {
      ops.length = 0;
      poison.supersedeAll();
      this.reread?.truncate();
    }
    this.decodedTo = nextOffset;
    return {
      ops,
      end,
      nextOffset,
      placement: placement?.snapshot(),
      poison: poison.snapshot(),
      isTruncated,
    };
  }

  /** Adds the version for the range index if the topic has a range and the record is in it. */
  #versioned(record: KafkaRecord, op: StoreOp): StoreOp {
    const { range, onIndexed, onUnindexed } = this.#options;
    if (range === undefined || op.record === undefined || record.value === null) {
      return op;
    }
    const version = versionOf(op.record.json, range);
    if (isUnindexed(version)) {
      onUnindexed?.(record, version);
      return op;
    }
    onIndexed?.();
    return { ...op, version };
  }
}

export function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
