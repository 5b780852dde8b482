import { crc32 } from 'node:zlib';

import { CorruptStoreError, type RangeEntry, type StoredEntry } from './ports.ts';
import { DATA_PREFIX_BYTES } from './store-key.ts';

/**
 * An entry of the range index: the JSON of responses, a line feed, the place of the entry, its
 * stamp, and eight hexadecimal digits of a CRC-32. The stamp is 16 hexadecimal digits of the
 * record's time, in the order of times, and 8 of the length of its key. With a range key, the place
 * ends with that key.
 *
 * Ranges are read many entries at a time, and LevelDB's binding creates a string in a third of the
 * time of a buffer. So an entry is text with one character per byte, written as UTF-8: ASCII
 * characters take one byte, others take two.
 *
 * The entry contains its place, so its store key need not be read either. The reader checks that
 * entries are in order and within the range. The checksum covers the place and the JSON.
 */
export function writeVersion(
  storeKey: Buffer,
  { json, timestamp, key }: Omit<StoredEntry, 'offset'>,
): Buffer {
  const place = storeKey.toString('latin1', DATA_PREFIX_BYTES);
  const stamp = stampOf(timestamp) + key.length.toString(16).padStart(LENGTH_DIGITS, '0');
  const bytes = Buffer.from(`${json.toString('latin1')}\n${place}${stamp}`);
  const sum = crc32(bytes, seedOf(storeKey)).toString(16).padStart(SUM_DIGITS, '0');
  return Buffer.concat([bytes, Buffer.from(sum)]);
}

/** The seed of the checksums of all entries in one generation of a partition. */
export function seedOf(storeKey: Buffer): number {
  return crc32(storeKey.subarray(0, DATA_PREFIX_BYTES));
}

/** Throws `CorruptStoreError` if the checksum does not match. */
export function readVersion(text: string, seed: number): RangeEntry {
  const end = text.length - SUM_DIGITS;
  const split = text.indexOf('\n');
  if (end < 0 || split < 0 || sumIn(text, end) !== crc32(text.slice(0, end), seed)) {
    throw new CorruptStoreError('A stored version does not match its checksum.');
  }
  const stampAt = end - TIME_DIGITS - LENGTH_DIGITS;
  return {
    place: text.slice(split + 1, stampAt),
    json: text.slice(0, split),
    stamp: text.slice(stampAt, end),
  };
}

const SUM_DIGITS = 8;
const TIME_DIGITS = 16;
const LENGTH_DIGITS = 8;
const SIGN = 1n << 63n;

/** Text in the order of times. */
export function stampOf(timestamp: bigint): string {
  return BigInt.asUintN(64, timestamp ^ SIGN)
    .toString(16)
    .padStart(TIME_DIGITS, '0');
}
/** The value of a digit by its character code. NaN for all others. */
const DIGITS = new Float64Array(128).fill(Number.NaN);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

/** As fast as `parseInt`, but it rejects blanks, signs, `0x` and capital letters. */
function sumIn(text: string, from: number): number {
  let sum = 0;
  for (let at = from; at < text.length; at += 1) {
    sum = sum * 16 + (DIGITS[text.charCodeAt(at)] ?? Number.NaN);
  }
  return sum;
}
