import { hashOf } from './key-filter.ts';
import type { StoreOp } from './ports.ts';
import { ENTRY_HEAD_BYTES, entryBytes, readEntry, writeEntry } from './run-page.ts';

/**
 * With more entries, the next call could exceed the index of 16 bits. A call adds a few thousand
 * entries at most.
 */
const FULL_ENTRIES = 60_000;
/** Most topics are small, and many start at the same time. So the memory grows with the entries. */
const FIRST_BYTES = 4_096;
const FIRST_ENTRIES = 64;

/** The position of an entry in the memory of the buffer. */
export interface EntrySpan {
  readonly start: number;
  readonly end: number;
  readonly hash: number;
}

/** Buffers the operations of one sorted run, as the bytes of their entries. */
export class RunBuffer {
  readonly #bytesMax: number;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = viewOf(this.#bytes);
  #end = 0;
  #count = 0;
  #starts = new Uint32Array(FIRST_ENTRIES);
  #hashes = new Uint32Array(FIRST_ENTRIES);
  /** Length of the prefix that all keys share. */
  #prefix = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#end >= this.#bytesMax || this.#count >= FULL_ENTRIES;
  }

  /** Copies the operation. */
  add(op: StoreOp): void {
    const { key } = op;
    this.#ensureRoom(entryBytes(op));
    if (this.#count === this.#starts.length) {
      if (this.#count > INDEX_MASK) {
        throw new Error(`a run takes ${INDEX_MASK + 1} entries at most`);
      }
      this.#starts = doubled(this.#starts);
      this.#hashes = doubled(this.#hashes);
    }
    this.#starts[this.#count] = this.#end;
    this.#hashes[this.#count] = hashOf(key);
    this.#prefix = this.#count === 0 ? key.length : this.#commonPrefix(key);
    this.#end = writeEntry(this.#bytes, this.#view, this.#end, op);
    this.#count += 1;
  }

  clear(): void {
    this.#end = 0;
    this.#count = 0;
  }

  /** The newest operation of each key, in key order. */
  sorted(): EntrySpan[] {
    return this.#sortedIndexes().map((index) => ({
      start: this.#starts[index] ?? 0,
      end: this.#endOf(index),
      hash: this.#hashes[index] ?? 0,
    }));
  }

  /** Like `sorted`, as operations that share the memory of the buffer. */
  operations(): StoreOp[] {
    return this.sorted().map(({ start }) => readEntry(this.#bytes, start).op);
  }

  /**
   * Indexes of the newest entry of each key, in key order. Most of the work is one native sort of
   * numbers. Each number is six bytes of the key, then the index, which also shows which entry is
   * newer.
   */
  #sortedIndexes(): number[] {
    const sorted = new BigUint64Array(this.#count);
    const words = new Uint32Array(sorted.buffer);
    for (let index = 0; index < this.#count; index += 1) {
      const start = this.#starts[index] ?? 0;
      const end = start + ENTRY_HEAD_BYTES + this.#view.getUint32(start);
      const at = start + ENTRY_HEAD_BYTES + this.#prefix;
      if (at + 6 <= end) {
        words[2 * index + HIGH] = this.#view.getUint32(at);
        words[2 * index + LOW] = (this.#view.getUint16(at + 4) << 16) | index;
      } else {
        const byte = (place: number): number => (place < end ? (this.#bytes[place] ?? 0) : 0);
        words[2 * index + HIGH] =
          (byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3);
        words[2 * index + LOW] = (byte(at + 4) << 24) | (byte(at + 5) << 16) | index;
      }
    }
    sorted.sort();
    const indexes: number[] = [];
    for (let start = 0; start < this.#count;) {
      const high = words[2 * start + HIGH];
      const low = (words[2 * start + LOW] ?? 0) >>> 16;
      let end = start + 1;
      while (words[2 * end + HIGH] === high && (words[2 * end + LOW] ?? 0) >>> 16 === low) {
        end += 1;
      }
      if (end - start === 1) {
        indexes.push((words[2 * start + LOW] ?? 0) & INDEX_MASK);
      } else {
        const alike = Array.from(
          { length: end - start },
          (_, offset) => (words[2 * (start + offset) + LOW] ?? 0) & INDEX_MASK,
        );
        for (const index of this.#newestOf(alike)) {
          indexes.push(index);
        }
      }
      start = end;
    }
    return indexes;
  }

  /**
   * Sorts entries with the same six bytes by their whole keys. Keeps the last entry of each key.
   */
  #newestOf(alike: number[]): number[] {
    alike.sort((one, other) => this.#compare(one, other) || one - other);
    return alike.filter((index, at) => {
      const next = alike[at + 1];
      return next === undefined || this.#compare(index, next) !== 0;
    });
  }

  #compare(one: number, other: number): number {
    const [oneStart, oneEnd] = this.#keyRange(one);
    const [otherStart, otherEnd] = this.#keyRange(other);
    return this.#bytes.compare(this.#bytes, otherStart, otherEnd, oneStart, oneEnd);
  }

  #keyRange(index: number): [number, number] {
    const start = this.#starts[index] ?? 0;
    const keyStart = start + ENTRY_HEAD_BYTES;
    return [keyStart, keyStart + this.#view.getUint32(start)];
  }

  #endOf(index: number): number {
    return index + 1 < this.#count ? (this.#starts[index + 1] ?? 0) : this.#end;
  }

  #commonPrefix(key: Buffer): number {
    const length = Math.min(this.#prefix, key.length);
    for (let at = 0; at < length; at += 1) {
      if (key[at] !== this.#bytes[ENTRY_HEAD_BYTES + at]) {
        return at;
      }
    }
    return length;
  }

  #ensureRoom(bytes: number): void {
    const length = this.#end + bytes;
    if (length <= this.#bytes.length) {
      return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

const INDEX_MASK = 0xffff;
/**
 * The halves of a 64-bit number in memory, in the byte order of all processors that Node supports.
 */
const LOW = 0;
const HIGH = 1;

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
