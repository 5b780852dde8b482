import { crc32 } from 'node:zlib';

import { CorruptStoreError, type RangeEntry, type StoredEntry } from './ports.ts';
import { DATA_PREFIX_BYTES } from './store-key.ts';

/**
 * An entry of the range index: the JSON as it will be sent, a line feed, where the entry stands, its
 * stamp, and eight hexadecimal digits of a CRC-32. The stamp is 16 hexadecimal digits of the record's time, in
 * the order of times, and 8 of the length of its key, with which the place ends if there is a range key. A range is read many entries at a time, and for a string
 * LevelDB's binding takes a third of the time that it takes for a buffer. So all of it is text, of one
 * character for each byte, written as UTF-8: ASCII is as it is, a byte above takes two. The entry says
 * itself where it stands, so that its key need not be read either: whoever reads a range sees that the
 * entries are in its order and within its bounds. The checksum covers the key and the JSON.
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

/** What the checksums of all entries of one generation of a partition begin with. */
export function seedOf(storeKey: Buffer): number {
  return crc32(storeKey.subarray(0, DATA_PREFIX_BYTES));
}

/** Throws `CorruptStoreError` where the text is not what was written. */
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
/** By the code of a digit its value; anything else is none. */
const DIGITS = new Float64Array(128).fill(Number.NaN);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

/** As fast as `parseInt`, for which blanks, a sign, `0x` and capital letters are as good as the digits that were written. */
function sumIn(text: string, from: number): number {
  let sum = 0;
  for (let at = from; at < text.length; at += 1) {
    sum = sum * 16 + (DIGITS[text.charCodeAt(at)] ?? Number.NaN);
  }
  return sum;
}
