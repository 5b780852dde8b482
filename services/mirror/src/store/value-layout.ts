import { crc32 } from 'node:zlib';

/**
 * A stored value: offset (8 bytes), timestamp (8), the JSON as it will be sent, then a CRC-32 (4). The
 * checksum covers the store key and everything before itself, so that a value that a broken table
 * gives for another key is noticed too. LevelDB verifies no checksums when it reads; this one is
 * zlib's CRC-32 because Node has it natively, at the speed of CRC-32C elsewhere.
 */
export interface StoredRecord {
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  /** JSON as UTF-8, without a line feed. */
  readonly json: Buffer;
}

const TIMESTAMP_AT = 8;
const JSON_AT = 16;
const CHECKSUM_BYTES = 4;
/** Bytes of a value besides its JSON. */
export const VALUE_OVERHEAD_BYTES = JSON_AT + CHECKSUM_BYTES;

/** Memory in which entries are laid out before they are handed to the store, one at a time. */
export interface Scratch {
  readonly bytes: Buffer;
  /** Over the same memory: it writes 64-bit integers several times as fast as a `Buffer`. */
  readonly view: DataView;
}

export function createScratch(bytesMax: number): Scratch {
  const bytes = Buffer.allocUnsafeSlow(bytesMax);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Lays a value out behind its store key, which takes the first `keyBytes` of the scratch. */
export function writeValue(scratch: Scratch, keyBytes: number, record: StoredRecord): Buffer {
  const { bytes, view } = scratch;
  view.setBigInt64(keyBytes, record.offset);
  view.setBigInt64(keyBytes + TIMESTAMP_AT, record.timestamp);
  bytes.set(record.json, keyBytes + JSON_AT);
  const end = keyBytes + JSON_AT + record.json.length;
  view.setUint32(end, crc32(bytes.subarray(0, end)));
  return bytes.subarray(keyBytes, end + CHECKSUM_BYTES);
}

/** The parts of a value, which share its memory; undefined where it is not what was written. */
export function readValue(storeKey: Buffer, value: Buffer): StoredRecord | undefined {
  const end = value.length - CHECKSUM_BYTES;
  if (end < JSON_AT || value.readUInt32BE(end) !== crc32(value.subarray(0, end), crc32(storeKey))) {
    return undefined;
  }
  return {
    offset: value.readBigInt64BE(0),
    timestamp: value.readBigInt64BE(TIMESTAMP_AT),
    json: value.subarray(JSON_AT, end),
  };
}
