import { crc32c } from '@node-rs/crc32';

import { COMPRESSION_MASK } from './decompress.ts';

/** Bytes of a batch before its first record. */
const HEADER_BYTES = 61;
/** The length does not include these bytes. */
const LENGTH_END = 12;
/** Offset of the first byte that the checksum covers. */
const CHECKED_FROM = 21;

const IS_LOG_APPEND_TIME = 0x08;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;

/** The header of a record batch, format 2, and the position of its records in the response. */
export interface BatchHeader {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly codec: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly producerId: bigint;
  readonly firstTimestamp: bigint;
  /** With LogAppendTime: the time of all records, by the broker's clock. */
  readonly appendTimestamp: bigint | undefined;
  readonly recordCount: number;
  readonly recordsStart: number;
  /** The start of the next batch. */
  readonly end: number;
}

/** Bytes of the whole batch at `start`, or undefined if the response ends inside it. */
export function completeBatchBytes(answer: Buffer, start: number): number | undefined {
  if (answer.length - start < LENGTH_END) {
    return undefined;
  }
  const length = answer.readInt32BE(start + 8);
  if (length < 0) {
    throw new Error(`a batch claims ${length} bytes`);
  }
  return answer.length - start - LENGTH_END < length ? undefined : LENGTH_END + length;
}

/** Reads the header of the complete batch at `start`. Throws if the batch is damaged. */
export function readBatchHeader(answer: Buffer, start: number, bytes: number): BatchHeader {
  const end = start + bytes;
  const magic = bytes > 16 ? answer.readInt8(start + 16) : -1;
  if (magic !== 2 || bytes < HEADER_BYTES) {
    throw new Error(`unsupported record format ${magic} in ${bytes} bytes, expected format 2`);
  }
  const expected = answer.readUInt32BE(start + 17);
  const actual = crc32c(answer.subarray(start + CHECKED_FROM, end));
  if (expected !== actual) {
    throw new Error(
      `wrong checksum: expected ${expected.toString(16)}, found ${actual.toString(16)}`,
    );
  }
  const attributes = answer.readInt16BE(start + 21);
  const baseOffset = answer.readBigInt64BE(start);
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(answer.readInt32BE(start + 23)),
    codec: attributes & COMPRESSION_MASK,
    isTransactional: (attributes & IS_TRANSACTIONAL) !== 0,
    isControl: (attributes & IS_CONTROL) !== 0,
    producerId: answer.readBigInt64BE(start + 43),
    firstTimestamp: answer.readBigInt64BE(start + 27),
    appendTimestamp:
      (attributes & IS_LOG_APPEND_TIME) === 0 ? undefined : answer.readBigInt64BE(start + 35),
    recordCount: answer.readInt32BE(start + 57),
    recordsStart: start + HEADER_BYTES,
    end,
  };
}
