import { crc32 } from 'node:zlib';

/**
 * A stored value: CRC-32 (4 bytes), offset (8), timestamp (8), then the JSON as it will be sent. The
 * checksum covers the store key and everything behind itself, so that a value that a broken table
 * gives for another key is noticed too. LevelDB verifies no checksums when it reads; this one is
 * zlib's CRC-32 because Node has it natively, at the speed of CRC-32C elsewhere.
 */
export interface StoredRecord {
  readonly offset: bigint;
  readonly timestamp: bigint;
  /** JSON as UTF-8, without a line feed. */
  readonly json: Buffer;
}

const CHECKSUM_BYTES = 4;
const OFFSET_AT = 4;
const TIMESTAMP_AT = 12;
export const VALUE_HEADER_BYTES = 20;

/** Writes the layout to `target` at `at`; `storeKey` is what the checksum binds the value to. */
export function writeValue(
  target: Buffer,
  at: number,
  storeKey: Buffer,
  record: StoredRecord,
): Buffer {
  const value = target.subarray(at, at + VALUE_HEADER_BYTES + record.json.length);
  value.writeBigInt64BE(record.offset, OFFSET_AT);
  value.writeBigInt64BE(record.timestamp, TIMESTAMP_AT);
  value.set(record.json, VALUE_HEADER_BYTES);
  value.writeUInt32BE(checksum(storeKey, value), 0);
  return value;
}

/** False where the bytes are not what was written under this store key. */
export function isIntact(storeKey: Buffer, value: Buffer): boolean {
  return value.length >= VALUE_HEADER_BYTES && value.readUInt32BE(0) === checksum(storeKey, value);
}

/** The parts of an intact value; they share its memory. */
export function readValue(value: Buffer): StoredRecord {
  return {
    offset: value.readBigInt64BE(OFFSET_AT),
    timestamp: value.readBigInt64BE(TIMESTAMP_AT),
    json: value.subarray(VALUE_HEADER_BYTES),
  };
}

function checksum(storeKey: Buffer, value: Buffer): number {
  return crc32(value.subarray(CHECKSUM_BYTES), crc32(storeKey));
}
