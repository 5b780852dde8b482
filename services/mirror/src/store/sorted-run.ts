import { crc32 } from 'node:zlib';

import { KeyFilter } from './key-filter.ts';
import { CorruptStoreError, type PartitionPosition } from './ports.ts';
import type { EntrySpan } from './run-buffer.ts';
import { sealPage } from './run-page.ts';
import { parsePartitionPosition, printPartitionPosition } from './store-identity.ts';
import { pageKey, runHeadKey } from './store-key.ts';

/**
 * Bytes of entries that end a page. A lookup reads a whole page. With larger pages LevelDB has less
 * work.
 */
const PAGE_BYTES = 8_192;
const CHECKSUM_BYTES = 4;
const LENGTH_BYTES = 4;

/** The part of a run that stays in memory: enough to find the page that may have a key. */
export interface SortedRun {
  /** Its number. The runs of a store are numbered by age. */
  readonly run: number;
  readonly filter: KeyFilter;
  /** The first key of each page. */
  readonly firstKeys: readonly Buffer[];
  readonly lastKey: Buffer;
}

/**
 * Cuts sorted entries into pages. `put` must copy each page, because the next page uses the same
 * memory.
 */
export function writePages(
  run: number,
  bytes: Buffer,
  spans: readonly EntrySpan[],
  keyOf: (span: EntrySpan) => Buffer,
  put: (key: Buffer, page: Buffer) => void,
): SortedRun {
  const filter = KeyFilter.forKeys(spans.length);
  const firstKeys: Buffer[] = [];
  let slab = Buffer.allocUnsafe(2 * PAGE_BYTES);
  let end = 0;
  const seal = (): void => {
    const key = pageKey(run, firstKeys.length - 1);
    put(key, sealPage(key, slab, end));
    end = 0;
  };
  for (const span of spans) {
    const length = span.end - span.start;
    if (end > 0 && end + length > PAGE_BYTES) {
      seal();
    }
    if (length + CHECKSUM_BYTES > slab.length) {
      slab = Buffer.allocUnsafe(length + CHECKSUM_BYTES);
    }
    if (end === 0) {
      firstKeys.push(Buffer.from(keyOf(span)));
    }
    bytes.copy(slab, end, span.start, span.end);
    end += length;
    filter.add(span.hash);
  }
  if (end > 0) {
    seal();
  }
  const last = spans.at(-1);
  return { run, filter, firstKeys, lastKey: Buffer.from(last === undefined ? [] : keyOf(last)) };
}

/** The partition of a run, and the partition's position at its end. */
export interface RunHead {
  readonly partition: number;
  readonly position: PartitionPosition;
  readonly sorted: SortedRun;
}

/**
 * A checksum (4 bytes), then partition, position, filter, last key and first keys, each after its
 * length (4).
 */
export function printHead({ partition, position, sorted }: RunHead): Buffer {
  const { run, filter, lastKey, firstKeys } = sorted;
  const partitionText = Buffer.from(String(partition));
  const parts = [
    partitionText,
    printPartitionPosition(position),
    filter.bytes,
    lastKey,
    ...firstKeys,
  ];
  const body = Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]));
  const checksum = Buffer.allocUnsafe(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(body, crc32(runHeadKey(run))));
  return Buffer.concat([checksum, body]);
}

/** Throws `CorruptStoreError` if the checksum does not match. */
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
  const [partitionText, positionText, filter, lastKey, ...firstKeys] = parts;
  const position = positionText === undefined ? undefined : parsePartitionPosition(positionText);
  if (position === undefined || filter === undefined || lastKey === undefined) {
    throw new CorruptStoreError('The head of a sorted run cannot be read.');
  }
  const sorted = { run, filter: new KeyFilter(filter), firstKeys, lastKey };
  return { partition: Number(partitionText), position, sorted };
}

function lengthOf(part: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(part.length);
  return length;
}

/**
 * The number of entries of the run after the key, exact to about a page. Without a key, all
 * entries.
 */
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
  const pagesBefore = Math.max(0, runPageIndex(firstKeys, after));
  return Math.ceil(filter.keys * (1 - pagesBefore / firstKeys.length));
}

/**
 * The index of the only page that may have the key: the last one that does not begin after it. -1
 * if there is none.
 */
export function runPageIndex(firstKeys: readonly Buffer[], key: Buffer): number {
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
