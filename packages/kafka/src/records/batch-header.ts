import { crc32c } from '@node-rs/crc32';

import { COMPRESSION_MASK } from './decompress.ts';

/** Bytes of a batch before its first record. */
const HEADER_BYTES = 61;
/** Bytes before those that the length counts. */
const LENGTH_END = 12;
/** Where the bytes covered by the checksum begin. */
const CHECKED_FROM = 21;

const IS_LOG_APPEND_TIME = 0x08;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;

/** The head of a record batch, format 2, and where its records lie in the answer. */
export interface BatchHeader {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly codec: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly producerId: bigint;
  readonly firstTimestamp: bigint;
  /** Where the broker's clock counts, the time of all records. */
  readonly appendTimestamp: bigint | undefined;
  readonly recordCount: number;
  readonly recordsStart: number;
  /** Where the next batch begins. */
  readonly end: number;
}

/** Bytes of the whole batch at `start`, or undefined where the answer was cut inside of it. */
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

/** Reads the head of the complete batch at `start`. Throws when the batch is damaged. */
export function readBatchHeader(answer: Buffer, start: number, bytes: number): BatchHeader {
  const end = start + bytes;
  const magic = bytes > 16 ? answer.readInt8(start + 16) : -1;
  if (magic !== 2 || bytes < HEADER_BYTES) {
    throw new Error(
      `record format ${magic} in ${bytes} bytes cannot be read, format 2 is expected`,
    );
  }
  const wanted = answer.readUInt32BE(start + 17);
  const found = crc32c(answer.subarray(start + CHECKED_FROM, end));
  if (wanted !== found) {
    throw new Error(`the checksum is ${found.toString(16)}, the batch says ${wanted.toString(16)}`);
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
