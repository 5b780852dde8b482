import { crc32 } from 'node:zlib';

import { KeyFilter } from './key-filter.ts';
import { CorruptStoreError, type PartitionPosition } from './ports.ts';
import type { EntryPlace } from './run-buffer.ts';
import { sealPage } from './run-page.ts';
import { parsePartitionPosition, printPartitionPosition } from './store-identity.ts';
import { pageKey, runHeadKey } from './store-key.ts';

/** Bytes of entries that end a page. A lookup reads a whole one; the larger, the less LevelDB does. */
const PAGE_BYTES = 8_192;
const CHECKSUM_BYTES = 4;
const LENGTH_BYTES = 4;

/** What is kept in memory of a run: enough to know which page may have a key. */
export interface SortedRun {
  /** Its number: the runs of a store are numbered in the order of their age. */
  readonly run: number;
  readonly filter: KeyFilter;
  /** Of each page. */
  readonly firstKeys: readonly Buffer[];
  readonly lastKey: Buffer;
}

/**
 * Cuts sorted entries into pages. Each page is handed out at once, in memory that the next one is
 * written over.
 */
export function layPages(
  run: number,
  bytes: Buffer,
  places: readonly EntryPlace[],
  keyOf: (place: EntryPlace) => Buffer,
  put: (key: Buffer, page: Buffer) => void,
): SortedRun {
  const filter = KeyFilter.forKeys(places.length);
  const firstKeys: Buffer[] = [];
  let slab = Buffer.allocUnsafe(2 * PAGE_BYTES);
  let end = 0;
  const seal = (): void => {
    const key = pageKey(run, firstKeys.length - 1);
    put(key, sealPage(key, slab, end));
    end = 0;
  };
  for (const place of places) {
    const length = place.end - place.start;
    if (end > 0 && end + length > PAGE_BYTES) {
      seal();
    }
    if (length + CHECKSUM_BYTES > slab.length) {
      slab = Buffer.allocUnsafe(length + CHECKSUM_BYTES);
    }
    if (end === 0) {
      firstKeys.push(Buffer.from(keyOf(place)));
    }
    bytes.copy(slab, end, place.start, place.end);
    end += length;
    filter.add(place.hash);
  }
  if (end > 0) {
    seal();
  }
  const last = places.at(-1);
  return { run, filter, firstKeys, lastKey: Buffer.from(last === undefined ? [] : keyOf(last)) };
}

/** Whose a run is, and where the partition stood with it. */
export interface RunHead {
  readonly partition: number;
  readonly position: PartitionPosition;
  readonly sorted: SortedRun;
}

/**
 * A checksum (4 bytes), then partition, position, filter, last key and first keys, each behind its
 * length (4).
 */
export function printHead({ partition, position, sorted }: RunHead): Buffer {
  const { run, filter, lastKey, firstKeys } = sorted;
  const place = Buffer.from(String(partition));
  const parts = [place, printPartitionPosition(position), filter.bytes, lastKey, ...firstKeys];
  const body = Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]));
  const checksum = Buffer.allocUnsafe(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(body, crc32(runHeadKey(run))));
  return Buffer.concat([checksum, body]);
}

/** Throws `CorruptStoreError` where it is not what was written. */
export function parseHead(run: number, stored: Buffer): RunHead {
  const body = stored.subarray(CHECKSUM_BYTES);
  const checksum = crc32(body, crc32(runHeadKey(run)));
  if (stored.length < CHECKSUM_BYTES || stored.readUInt32BE(0) !== checksum) {
    throw new CorruptStoreError('The head of a sorted run does not match its checksum.');
  }
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const start = at + LENGTH_BYTES;
    at = start + body.readUInt32BE(at);
    parts.push(body.subarray(start, at));
  }
  const [place, at, filter, lastKey, ...firstKeys] = parts;
  const position = at === undefined ? undefined : parsePartitionPosition(at);
  if (position === undefined || filter === undefined || lastKey === undefined) {
    throw new CorruptStoreError('The head of a sorted run cannot be read.');
  }
  const sorted = { run, filter: new KeyFilter(filter), firstKeys, lastKey };
  return { partition: Number(place), position, sorted };
}

function lengthOf(part: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(part.length);
  return length;
}

/** How many entries of the run are behind the key, to about a page; undefined is before the first. */
export function entriesBehind(
  { filter, firstKeys, lastKey }: SortedRun,
  after: Buffer | undefined,
): number {
  if (after === undefined) {
    return filter.keys;
  }
  if (lastKey.compare(after) <= 0) {
    return 0;
  }
  const pagesBefore = Math.max(0, pageOf(firstKeys, after));
  return Math.ceil(filter.keys * (1 - pagesBefore / firstKeys.length));
}

/** The page that holds the key if any does: the last one that does not begin behind it. */
export function pageOf(firstKeys: readonly Buffer[], key: Buffer): number {
  let low = 0;
  let high = firstKeys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const first = firstKeys[middle];
    if (first !== undefined && first.compare(key) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
