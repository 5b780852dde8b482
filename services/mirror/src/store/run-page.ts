import { crc32 } from 'node:zlib';

import { CorruptStoreError, type StoreOp } from './ports.ts';

/**
 * A page of a sorted run: entries in key order, then a CRC-32 of the page's store key and of the
 * entries. An entry is the lengths of key and value (4 bytes each), the key, and the value. A value
 * is the offset (8), the timestamp (8) and the JSON. An empty value is a removal.
 */
export const ENTRY_HEAD_BYTES = 8;
export const VALUE_HEAD_BYTES = 16;
const CHECKSUM_BYTES = 4;

/** Bytes of one entry. */
export function entryBytes({ key, record }: StoreOp): number {
  const valueBytes = record === undefined ? 0 : VALUE_HEAD_BYTES + record.json.length;
  return ENTRY_HEAD_BYTES + key.length + valueBytes;
}

/** `bytes` and `view` share their memory. Returns the end of the entry. */
export function writeEntry(bytes: Buffer, view: DataView, at: number, op: StoreOp): number {
  const { key, record } = op;
  const keyEnd = at + ENTRY_HEAD_BYTES + key.length;
  view.setUint32(at, key.length);
  bytes.set(key, at + ENTRY_HEAD_BYTES);
  if (record === undefined) {
    view.setUint32(at + 4, 0);
    return keyEnd;
  }
  view.setUint32(at + 4, VALUE_HEAD_BYTES + record.json.length);
  view.setBigInt64(keyEnd, record.offset);
  view.setBigInt64(keyEnd + 8, record.timestamp);
  bytes.set(record.json, keyEnd + VALUE_HEAD_BYTES);
  return keyEnd + VALUE_HEAD_BYTES + record.json.length;
}

/** The page with its checksum at the end. `bytes` must have room for it. */
export function sealPage(pageKey: Buffer, bytes: Buffer, end: number): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end), crc32(pageKey)), end);
  return bytes.subarray(0, end + CHECKSUM_BYTES);
}

/** The entries of a page. Throws `CorruptStoreError` if the checksum does not match. */
export function openPage(pageKey: Buffer, stored: Buffer | undefined): Buffer {
  const end = (stored?.length ?? 0) - CHECKSUM_BYTES;
  if (stored === undefined || end < 0) {
    throw new CorruptStoreError('A page of a sorted run is missing.');
  }
  const entries = stored.subarray(0, end);
  if (stored.readUInt32BE(end) !== crc32(entries, crc32(pageKey))) {
    throw new CorruptStoreError('A page of a sorted run does not match its checksum.');
  }
  return entries;
}

/** The entry at `at`, which shares the memory of the page, and the start of the next one. */
export function readEntry(
  page: Buffer,
  at: number,
): { readonly op: StoreOp; readonly next: number } {
  const keyStart = at + ENTRY_HEAD_BYTES;
  const keyEnd = keyStart + page.readUInt32BE(at);
  const next = keyEnd + page.readUInt32BE(at + 4);
  const key = page.subarray(keyStart, keyEnd);
  return { op: { key, record: keyEnd === next ? undefined : valueAt(page, keyEnd, next) }, next };
}

/** The entry of the key. Undefined if the page does not have it. */
export function findEntry(page: Buffer, key: Buffer): StoreOp | undefined {
  const { length } = key;
  const last = key[length - 1];
  let at = 0;
  while (at < page.length) {
    const keyLength = page.readUInt32BE(at);
    const keyStart = at + ENTRY_HEAD_BYTES;
    const keyEnd = keyStart + keyLength;
    if (
      keyLength === length &&
      (length === 0 || page[keyEnd - 1] === last) &&
      page.compare(key, 0, length, keyStart, keyEnd) === 0
    ) {
      return readEntry(page, at).op;
    }
    at = keyEnd + page.readUInt32BE(at + 4);
  }
  return undefined;
}

function valueAt(page: Buffer, start: number, end: number): NonNullable<StoreOp['record']> {
  return {
    offset: page.readBigInt64BE(start),
    timestamp: page.readBigInt64BE(start + 8),
    json: page.subarray(start + VALUE_HEAD_BYTES, end),
  };
}
