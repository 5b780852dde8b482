import { crc32 } from 'node:zlib';

/**
 * A stored value: offset (8 bytes), timestamp (8), the JSON of responses, then a CRC-32 (4). The
 * checksum covers the store key and everything before it. So it also detects that a broken table
 * returns the value of another key. LevelDB does not verify checksums on reads. zlib's CRC-32 is
 * native in Node, and as fast as CRC-32C elsewhere.
 */
export interface StoredRecord {
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  /** JSON as UTF-8, without a line feed. */
  readonly json: Buffer;
}

/**
 * The JSON of a note, which a removal leaves in a topic whose keys can be in several partitions.
 */
export const NO_JSON: Buffer = Buffer.alloc(0);

export function isNote({ json }: StoredRecord): boolean {
  return json.length === 0;
}

const TIMESTAMP_AT = 8;
const JSON_AT = 16;
const CHECKSUM_BYTES = 4;
const TIME_BYTES = 8;
/** Bytes of a value in addition to its JSON. */
export const VALUE_OVERHEAD_BYTES = JSON_AT + CHECKSUM_BYTES;

/** Lengths up to which a slab keeps its heads. Most keys and values are shorter. */
const HEAD_BYTES_MAX = 4_096;

/**
 * Memory that is filled from its beginning, lent out, and filled again. It lends the same few
 * objects. A new buffer for each key and value would be a third of the garbage of a load.
 */
export class Slab {
  readonly bytes: Buffer;
  /** Over the same memory. It writes 64-bit integers several times as fast as `Buffer`. */
  readonly view: DataView;
  readonly #heads: (Buffer | undefined)[];

  constructor(bytesMax: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytesMax);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, bytesMax);
    this.#heads = Array.from({ length: Math.min(bytesMax, HEAD_BYTES_MAX) + 1 });
  }

  /** The first bytes. Valid until the slab is filled again. */
  head(length: number): Buffer {
    const existing = this.#heads[length];
    if (existing !== undefined) {
      return existing;
    }
    const head = this.bytes.subarray(0, length);
    if (length < this.#heads.length) {
      this.#heads[length] = head;
    }
    return head;
  }
}

/** Writes a value to the beginning of the slab. */
export function writeValue(slab: Slab, storeKey: Buffer, record: StoredRecord): Buffer {
  const { bytes, view } = slab;
  view.setBigInt64(0, record.offset);
  view.setBigInt64(TIMESTAMP_AT, record.timestamp);
  bytes.set(record.json, JSON_AT);
  const end = JSON_AT + record.json.length;
  view.setUint32(end, crc32(slab.head(end), crc32(storeKey)));
  return slab.head(end + CHECKSUM_BYTES);
}

/** The parts of a value, which share its memory. Undefined if the checksum does not match. */
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

/** Replaces a removed key while a sorted run may still have it: a CRC-32 of the store key. */
export function removalOf(storeKey: Buffer): Buffer {
  const removal = Buffer.allocUnsafe(CHECKSUM_BYTES);
  removal.writeUInt32BE(crc32(storeKey));
  return removal;
}

export function isRemoval(storeKey: Buffer, value: Buffer): boolean {
  return value.length === CHECKSUM_BYTES && value.readUInt32BE(0) === crc32(storeKey);
}

/** The time of a removal: the time (8 bytes), then a CRC-32 (4). */
export function removalTime(storeKey: Buffer, timestamp: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES + CHECKSUM_BYTES);
  bytes.writeBigInt64BE(timestamp);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, TIME_BYTES), crc32(storeKey)), TIME_BYTES);
  return bytes;
}

/** Undefined if the checksum does not match. */
export function readRemovalTime(storeKey: Buffer, bytes: Buffer): bigint | undefined {
  return bytes.length === TIME_BYTES + CHECKSUM_BYTES &&
    bytes.readUInt32BE(TIME_BYTES) === crc32(bytes.subarray(0, TIME_BYTES), crc32(storeKey))
    ? bytes.readBigInt64BE(0)
    : undefined;
}
