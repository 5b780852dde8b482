import type { RawBatch } from './gathered-writes.ts';
import { orderOfBytes } from './order-encoding.ts';
import type { PartitionPosition, StoreOp } from './ports.ts';
import { BACK, behindPrefix, dataPrefix, RANGE, REMOVED } from './store-key.ts';
import { isNote, removalTime, type StoredRecord } from './value-layout.ts';
import { writeVersion } from './version-layout.ts';

/**
 * `of-key`: a key's entries are together, and its tombstone finds them there. `of-range-key`: they are
 * wherever the values of the range key put them, and a second index says where that is.
 */
export type Versions = 'of-key' | 'of-range-key';

const NOTHING = Buffer.alloc(0);

interface Prefixes {
  readonly range: Buffer;
  readonly back: Buffer;
  readonly removed: Buffer;
}

/**
 * The part of one write that concerns versions. A tombstone has no value that would say which versions
 * its key has, so they are looked up before the write, and those that the write itself adds before the
 * tombstone are remembered on the way. The caller lets no other write of the partition in between.
 */
export class VersionWrites {
  readonly #versions: Versions;
  readonly #prefixes: Prefixes;
  readonly #ops: readonly StoreOp[];
  /** Of each key that is removed: where its versions stand, behind the key's scope. */
  readonly #standing: ReadonlyMap<string, Set<string>>;

  private constructor(
    versions: Versions,
    prefixes: Prefixes,
    ops: readonly StoreOp[],
    standing: ReadonlyMap<string, Set<string>>,
  ) {
    this.#versions = versions;
    this.#prefixes = prefixes;
    this.#ops = ops;
    this.#standing = standing;
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
    const standing = new Map<string, Set<string>>();
    for (const { key, record } of ops) {
      const name = nameOf(key);
      if (removes(record) && !standing.has(name)) {
        const own = Buffer.concat([versions === 'of-key' ? range : back, orderOfBytes(key)]);
        const found = await keysIn(own, behindPrefix(own));
        standing.set(name, new Set(found.map((entry) => nameOf(entry.subarray(own.length)))));
      }
    }
    const removed = dataPrefix(partition, generation, REMOVED);
    return new VersionWrites(versions, { range, back, removed }, ops, standing);
  }

  /** Puts the entries into the batch that holds the records. */
  fill(batch: RawBatch): void {
    for (const op of this.#ops) {
      const standing = this.#standing.get(nameOf(op.key));
      if (op.record === undefined || isNote(op.record)) {
        if (op.record !== undefined) {
          const removedKey = Buffer.concat([this.#prefixes.removed, op.key]);
          batch._put(removedKey, removalTime(removedKey, op.record.timestamp));
        }
        for (const place of standing ?? []) {
          this.#remove(batch, op.key, Buffer.from(place, 'latin1'));
        }
        standing?.clear();
      } else if (op.version !== undefined) {
        const { scope = NOTHING, order } = op.version;
        const place = Buffer.concat([scope, order]);
        const storeKey = this.#entryKey(op.key, place);
        batch._put(storeKey, writeVersion(storeKey, { ...op.record, key: op.key }));
        if (this.#versions === 'of-range-key') {
          batch._put(this.#backKey(op.key, place), NOTHING);
        }
        standing?.add(nameOf(place));
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

/** Bytes as a text that can be compared. */
function nameOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}
