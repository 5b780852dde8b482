import { crc32 } from 'node:zlib';

import type { RawBatch } from './group-commit.ts';
import { indexKey } from './store-key.ts';

const PARTITION_BYTES = 4;
const CHECKSUM_BYTES = 4;

/** The partitions other than the home partition that have, or had, a record of the key. */
type Partitions = readonly number[];

/**
 * Maps a key to the partitions with misplaced records of it. So in a topic with many partitions, a
 * lookup does not read all of them. A partition is never removed, because an unnecessary read costs
 * little. The value is the numbers of the partitions (4 bytes each), then a CRC-32 (4) of the store
 * key and the numbers.
 */
export class KeyIndex {
  readonly #get: (storeKey: Buffer) => Buffer | undefined;
  /**
   * Entries of writes in progress. Partitions write concurrently, and several may add to one key.
   */
  readonly #pending = new Map<string, Partitions>();

  constructor(get: (storeKey: Buffer) => Buffer | undefined) {
    this.#get = get;
  }

  /** Undefined if the entry is broken. Any partition may have the key then. */
  placesOf(key: Buffer): Partitions | undefined {
    const storeKey = indexKey(key);
    const stored = this.#get(storeKey);
    return stored === undefined ? [] : parsePartitions(storeKey, stored);
  }

  /** Begins the part of one write. The returned object serves one batch. */
  begin(): IndexWrite {
    return new IndexWrite(this.#pending, (key) => this.placesOf(key));
  }
}

/** Adds partitions to a batch. The caller must call `done` when the batch is written. */
class IndexWrite {
  readonly #pending: Map<string, Partitions>;
  readonly #stored: (key: Buffer) => Partitions | undefined;
  readonly #added: [string, Partitions][] = [];

  constructor(pending: Map<string, Partitions>, stored: (key: Buffer) => Partitions | undefined) {
    this.#pending = pending;
    this.#stored = stored;
  }

  add(batch: RawBatch, partition: number, key: Buffer): void {
    const name = key.toString('latin1');
    const current = this.#pending.get(name) ?? this.#stored(key);
    // A broken entry stays, because lookups then read all partitions. A new entry would list too
    // few.
    if (current === undefined || current.includes(partition)) {
      return;
    }
    const partitions = [...current, partition];
    const storeKey = indexKey(key);
    batch._put(storeKey, printPartitions(storeKey, partitions));
    this.#pending.set(name, partitions);
    this.#added.push([name, partitions]);
  }

  done(): void {
    for (const [name, partitions] of this.#added) {
      // Another write may have added to it meanwhile.
      if (this.#pending.get(name) === partitions) {
        this.#pending.delete(name);
      }
    }
  }
}

export type { IndexWrite };

function printPartitions(storeKey: Buffer, partitions: Partitions): Buffer {
  const end = partitions.length * PARTITION_BYTES;
  const bytes = Buffer.allocUnsafe(end + CHECKSUM_BYTES);
  for (const [at, partition] of partitions.entries()) {
    bytes.writeUInt32BE(partition, at * PARTITION_BYTES);
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end), crc32(storeKey)), end);
  return bytes;
}

function parsePartitions(storeKey: Buffer, bytes: Buffer): Partitions | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (
    end < 0 ||
    end % PARTITION_BYTES !== 0 ||
    bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end), crc32(storeKey))
  ) {
    return undefined;
  }
  return Array.from({ length: end / PARTITION_BYTES }, (_, at) =>
    bytes.readUInt32BE(at * PARTITION_BYTES),
  );
}
