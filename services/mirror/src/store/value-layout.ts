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

/** The JSON of a note: what a removal leaves in a topic whose keys can be in several partitions. */
export const NO_JSON: Buffer = Buffer.alloc(0);

export function isNote({ json }: StoredRecord): boolean {
  return json.length === 0;
}

const TIMESTAMP_AT = 8;
const JSON_AT = 16;
const CHECKSUM_BYTES = 4;
const TIME_BYTES = 8;
/** Bytes of a value besides its JSON. */
export const VALUE_OVERHEAD_BYTES = JSON_AT + CHECKSUM_BYTES;

/** Lengths up to which a slab keeps its heads: most keys and values are no longer. */
const HEAD_BYTES_MAX = 4_096;

/**
 * Memory that is filled from its beginning, handed out, and filled again. What is handed out of it
 * are the same few objects: a buffer made for each key and each value is a third of what a topic
 * that is read leaves to the garbage collector.
 */
export class Slab {
  readonly bytes: Buffer;
  /** Over the same memory: it writes 64-bit integers several times as fast as a `Buffer`. */
  readonly view: DataView;
  readonly #heads: (Buffer | undefined)[];

  constructor(bytesMax: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytesMax);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, bytesMax);
    this.#heads = Array.from({ length: Math.min(bytesMax, HEAD_BYTES_MAX) + 1 });
  }

  /** The first bytes. Valid until the slab is filled again. */
  head(length: number): Buffer {
    const known = this.#heads[length];
    if (known !== undefined) {
      return known;
    }
    const head = this.bytes.subarray(0, length);
    if (length < this.#heads.length) {
      this.#heads[length] = head;
    }
    return head;
  }
}

/** Lays a value out at the beginning of the slab. */
export function writeValue(slab: Slab, storeKey: Buffer, record: StoredRecord): Buffer {
  const { bytes, view } = slab;
  view.setBigInt64(0, record.offset);
  view.setBigInt64(TIMESTAMP_AT, record.timestamp);
  bytes.set(record.json, JSON_AT);
  const end = JSON_AT + record.json.length;
  view.setUint32(end, crc32(slab.head(end), crc32(storeKey)));
  return slab.head(end + CHECKSUM_BYTES);
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

/** Stands for a key that was removed where a sorted run may still have it: a CRC-32 of the store key. */
export function removalOf(storeKey: Buffer): Buffer {
  const removal = Buffer.allocUnsafe(CHECKSUM_BYTES);
  removal.writeUInt32BE(crc32(storeKey));
  return removal;
}

export function isRemoval(storeKey: Buffer, value: Buffer): boolean {
  return value.length === CHECKSUM_BYTES && value.readUInt32BE(0) === crc32(storeKey);
}

/** When a key was removed: the time (8 bytes), then a CRC-32 (4). */
export function removalTime(storeKey: Buffer, timestamp: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + CHECKSUM_BYTES);
  bytes.writeBigInt64BE(timestamp);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, TIME_BYTES), crc32(storeKey)), TIME_BYTES);
  return bytes;
}

/** Undefined if it is not what was written. */
export function readRemovalTime(storeKey: Buffer, bytes: Buffer): bigint | undefined {
  return bytes.length === TIME_BYTES + CHECKSUM_BYTES &&
    bytes.readUInt32BE(TIME_BYTES) === crc32(bytes.subarray(0, TIME_BYTES), crc32(storeKey))
    ? bytes.readBigInt64BE(0)
    : undefined;
}
