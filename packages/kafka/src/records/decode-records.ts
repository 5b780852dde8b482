import { describeError } from '@quicksilver/common/errors/describe';
import type { KafkaRecord } from '../ports.ts';
import { AbortedFilter } from './aborted-filter.ts';
import { completeBatchBytes, readBatchHeader, type BatchHeader } from './batch-header.ts';
import { readRecords } from './batch-records.ts';
import { BatchTooLargeError, decompress } from './decompress.ts';
import type { RawPartition } from './fetch-response.ts';

/** The remaining budget of one fetch, shared by its partitions. */
export interface DecodeBudget {
  recordsLeft: number;
  /** Remaining bytes of decompressed data. Slices of the response are free. */
  bytesLeft: number;
}

export interface DecodeOptions {
  readonly from: bigint;
  /** Maximum bytes of a batch after decompression. */
  readonly decompressedBytesMax: number;
  readonly budget: DecodeBudget;
  /** Whether records have their headers. */
  readonly hasHeaders?: boolean;
}

export interface DecodedRecords {
  readonly records: KafkaRecord[];
  readonly nextOffset: bigint;
  /** Set if nothing was read because the first batch is damaged or too large. */
  readonly failure?: { readonly reason: 'corrupt' | 'too-large'; readonly detail: string };
}

/** The control record that ends an aborted transaction: key version 0, type 0. */
const ABORT_TYPE = 0;

/**
 * Decodes the batches of one partition into the committed records from `options.from` on. Stops
 * early at an incomplete batch, when the budget is used up, and before a damaged batch.
 * `nextOffset` is then the point to continue, and the next response starts with that batch.
 */
export function decodeRecords(raw: RawPartition, options: DecodeOptions): DecodedRecords {
  const { records: answer } = raw;
  const records: KafkaRecord[] = [];
  const filter = new AbortedFilter(raw.aborted);
  let nextOffset = options.from;
  let start = 0;
  try {
    for (;;) {
      const bytes = completeBatchBytes(answer, start);
      if (bytes === undefined) {
        break;
      }
      const header = readBatchHeader(answer, start, bytes);
      // The filter needs every batch, even one below the requested offset.
      const isVisible = !isInvisible(answer, header, filter);
      if (isVisible && header.lastOffset >= nextOffset) {
        const stopped = readVisible(answer, header, { ...options, from: nextOffset }, records);
        if (stopped !== undefined) {
          return { records, nextOffset: stopped };
        }
      }
      nextOffset = max(nextOffset, header.lastOffset + 1n);
      start = header.end;
    }
  } catch (error) {
    if (records.length === 0 && nextOffset === options.from) {
      const detail = `the batch at offset ${nextOffset} cannot be read: ${describeError(error)}`;
      const reason = error instanceof BatchTooLargeError ? 'too-large' : 'corrupt';
      const failure = { reason, detail } as const;
      return { records, nextOffset: behindBatch(raw, start, nextOffset), failure };
    }
  }
  return { records, nextOffset };
}

/** Control batches, and batches of aborted transactions. */
function isInvisible(answer: Buffer, header: BatchHeader, filter: AbortedFilter): boolean {
  const isAbortMarker = header.isControl && isAbort(answer, header);
  return filter.isAborted({ ...header, isAbortMarker }) || header.isControl;
}

function isAbort(answer: Buffer, header: BatchHeader): boolean {
  const markers: KafkaRecord[] = [];
  const body = answer.subarray(header.recordsStart, header.end);
  readRecords(body, header, { from: 0n, countMax: 1 }, markers);
  const key = markers[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(2) === ABORT_TYPE;
}

function readVisible(
  answer: Buffer,
  header: BatchHeader,
  options: DecodeOptions,
  records: KafkaRecord[],
): bigint | undefined {
  const { budget, from } = options;
  const begins = max(from, header.baseOffset);
  if (budget.recordsLeft <= 0) {
    return begins;
  }
  let body = answer.subarray(header.recordsStart, header.end);
  if (header.codec !== 0) {
    if (budget.bytesLeft <= 0) {
      return begins;
    }
    body = decompress(header.codec, body, options.decompressedBytesMax);
    budget.bytesLeft -= body.length;
  }
  const countBefore = records.length;
  try {
    const range = { from, countMax: budget.recordsLeft, hasHeaders: options.hasHeaders };
    return readRecords(body, header, range, records);
  } catch (error) {
    // All or nothing: records of a damaged batch are not returned.
    records.length = countBefore;
    throw error;
  } finally {
    budget.recordsLeft -= records.length - countBefore;
  }
}

/** The next offset for a reader that skips the unreadable batch at `start`. */
function behindBatch(raw: RawPartition, start: number, from: bigint): bigint {
  const { records, lastStableOffset } = raw;
  if (records.length - start < 27) {
    return from + 1n;
  }
  const lastOffset = records.readBigInt64BE(start) + BigInt(records.readInt32BE(start + 23));
  // The header itself may be damaged.
  return lastOffset >= from && lastOffset < lastStableOffset ? lastOffset + 1n : from + 1n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
