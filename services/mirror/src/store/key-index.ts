import { crc32 } from 'node:zlib';

import type { RawBatch } from './gathered-writes.ts';
import { indexKey } from './store-key.ts';

const PARTITION_BYTES = 4;
const CHECKSUM_BYTES = 4;

/** The partitions besides a key's own that have, or had, a record of it. */
type Places = readonly number[];

/**
 * In which partitions misplaced records of a key are, so that a lookup of a topic with many partitions does
 * not ask all of them. A partition is never taken out: one that is asked in vain costs little. The value is the
 * numbers of the partitions (4 bytes each), then a CRC-32 (4) of the store key and of them.
 */
export class KeyIndex {
  readonly #get: (storeKey: Buffer) => Buffer | undefined;
  /** What is in writes that are under way: partitions write at the same time, and may add to one key. */
  readonly #pending = new Map<string, Places>();

  constructor(get: (storeKey: Buffer) => Buffer | undefined) {
    this.#get = get;
  }

  /** Undefined if the entry is broken: then any partition may have the key. */
  placesOf(key: Buffer): Places | undefined {
    const storeKey = indexKey(key);
    const stored = this.#get(storeKey);
    return stored === undefined ? [] : readPlaces(storeKey, stored);
  }

  /** The part of one write. The object that it returns serves one batch. */
  begin(): IndexWrite {
    return new IndexWrite(this.#pending, (key) => this.placesOf(key));
  }
}

/** Adds places to a batch; `done` has to be called when the batch is written. */
class IndexWrite {
  readonly #pending: Map<string, Places>;
  readonly #stored: (key: Buffer) => Places | undefined;
  readonly #added: [string, Places][] = [];

  constructor(pending: Map<string, Places>, stored: (key: Buffer) => Places | undefined) {
    this.#pending = pending;
    this.#stored = stored;
  }

  add(batch: RawBatch, partition: number, key: Buffer): void {
    const name = key.toString('latin1');
    const known = this.#pending.get(name) ?? this.#stored(key);
    // A broken entry stays: lookups ask everywhere because of it, and a new one would name too few.
    if (known === undefined || known.includes(partition)) {
      return;
    }
    const places = [...known, partition];
    const storeKey = indexKey(key);
    batch._put(storeKey, printPlaces(storeKey, places));
    this.#pending.set(name, places);
    this.#added.push([name, places]);
  }

  done(): void {
    for (const [name, places] of this.#added) {
      // Another write may have added to it meanwhile.
      if (this.#pending.get(name) === places) {
        this.#pending.delete(name);
      }
    }
  }
}

export type { IndexWrite };

function printPlaces(storeKey: Buffer, places: Places): Buffer {
  const end = places.length * PARTITION_BYTES;
  const bytes = Buffer.allocUnsafe(end + CHECKSUM_BYTES);
  for (const [at, partition] of places.entries()) {
    bytes.writeUInt32BE(partition, at * PARTITION_BYTES);
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end), crc32(storeKey)), end);
  return bytes;
}

function readPlaces(storeKey: Buffer, bytes: Buffer): Places | undefined {
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
