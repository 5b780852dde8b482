import type { RawBatch } from './group-commit.ts';
import { orderOfBytes } from './order-encoding.ts';
import type { PartitionPosition, StoreOp } from './ports.ts';
import { BACK, behindPrefix, dataPrefix, RANGE, REMOVED } from './store-key.ts';
import { isNote, removalTime, type StoredRecord } from './value-layout.ts';
import { writeVersion } from './version-layout.ts';

/**
 * `of-key`: the entries of a key are adjacent, and its tombstone finds them there. `of-range-key`:
 * the values of the range key decide their places, and a second index stores these places.
 */
export type Versions = 'of-key' | 'of-range-key';

const NOTHING = Buffer.alloc(0);

interface Prefixes {
  readonly range: Buffer;
  readonly back: Buffer;
  readonly removed: Buffer;
}

/**
 * The part of one write that concerns versions. A tombstone has no value that shows the versions of
 * its key. So they are looked up before the write, and versions that the write itself adds before
 * the tombstone are recorded. The caller allows no other write of the partition in between.
 */
export class VersionWrites {
  readonly #versions: Versions;
  readonly #prefixes: Prefixes;
  readonly #ops: readonly StoreOp[];
  /** The places of the versions of each removed key, without the key's scope. */
  readonly #placesOfKey: ReadonlyMap<string, Set<string>>;

  private constructor(
    versions: Versions,
    prefixes: Prefixes,
    ops: readonly StoreOp[],
    places: ReadonlyMap<string, Set<string>>,
  ) {
    this.#versions = versions;
    this.#prefixes = prefixes;
    this.#ops = ops;
    this.#placesOfKey = places;
  }

  static async plan(
    keysIn: (gte: Buffer, lt: Buffer) => Promise<readonly Buffer[]>,
    versions: Versions,
    partition: number,
    { generation }: PartitionPosition,
    ops: readonly StoreOp[],
  ): Promise<VersionWrites> {
    const range = dataPrefix(partition, generation, RANGE);
    const back = dataPrefix(partition, generation, BACK);
    const places = new Map<string, Set<string>>();
    for (const { key, record } of ops) {
      const name = nameOf(key);
      if (removes(record) && !places.has(name)) {
        const prefix = Buffer.concat([versions === 'of-key' ? range : back, orderOfBytes(key)]);
        const entries = await keysIn(prefix, behindPrefix(prefix));
        places.set(name, new Set(entries.map((entry) => nameOf(entry.subarray(prefix.length)))));
      }
    }
    const removed = dataPrefix(partition, generation, REMOVED);
    return new VersionWrites(versions, { range, back, removed }, ops, places);
  }

  /** Adds the entries to the batch of the records. */
  fill(batch: RawBatch): void {
    for (const op of this.#ops) {
      const places = this.#placesOfKey.get(nameOf(op.key));
      if (op.record === undefined || isNote(op.record)) {
        if (op.record !== undefined) {
          const removedKey = Buffer.concat([this.#prefixes.removed, op.key]);
          batch._put(removedKey, removalTime(removedKey, op.record.timestamp));
        }
        for (const place of places ?? []) {
          this.#remove(batch, op.key, Buffer.from(place, 'latin1'));
        }
        places?.clear();
      } else if (op.version !== undefined) {
        const { scope = NOTHING, order } = op.version;
        const place = Buffer.concat([scope, order]);
        const storeKey = this.#entryKey(op.key, place);
        batch._put(storeKey, writeVersion(storeKey, { ...op.record, key: op.key }));
        if (this.#versions === 'of-range-key') {
          batch._put(this.#backKey(op.key, place), NOTHING);
        }
        places?.add(nameOf(place));
      }
    }
  }

  #remove(batch: RawBatch, key: Buffer, place: Buffer): void {
    batch._del(this.#entryKey(key, place));
    if (this.#versions === 'of-range-key') {
      batch._del(this.#backKey(key, place));
    }
  }

  #entryKey(key: Buffer, place: Buffer): Buffer {
    const { range } = this.#prefixes;
    return this.#versions === 'of-key'
      ? Buffer.concat([range, orderOfBytes(key), place])
      : Buffer.concat([range, place, key]);
  }

  #backKey(key: Buffer, place: Buffer): Buffer {
    return Buffer.concat([this.#prefixes.back, orderOfBytes(key), place]);
  }
}

function removes(record: StoredRecord | undefined): boolean {
  return record === undefined || isNote(record);
}

/** Bytes as text, for comparisons. */
function nameOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}
