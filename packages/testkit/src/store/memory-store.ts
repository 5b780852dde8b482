import type {
  CountOptions,
  EntryCount,
  EntryList,
  ListOptions,
  PartitionPosition,
  RangeReader,
  StoredEntry,
  StoreOp,
  WritableStore,
} from '@quicksilver/mirror/store/ports';
import type { StoredRecord } from '@quicksilver/mirror/store/value-layout';

interface Generation {
  readonly partition: number;
  readonly generation: number;
  /** By the hexadecimal digits of the key, so that their order is the order of the keys. */
  readonly entries: Map<string, StoredEntry>;
}

/**
 * A store in memory for tests of appliers. It has no range index and no notes of removals. Its
 * writes fail once `writesLeft` is used up.
 */
export class MemoryStore implements WritableStore {
  writesLeft = Infinity;
  readonly #generations: Generation[] = [];
  readonly #positions = new Map<number, PartitionPosition>();

  get(partition: number, generation: number, key: Buffer): StoredRecord | undefined {
    const entry = this.#entries(partition, generation).get(key.toString('hex'));
    return entry && { offset: entry.offset, timestamp: entry.timestamp, json: entry.json };
  }

  find(partition: number, generation: number, key: Buffer): StoredRecord | undefined {
    return this.get(partition, generation, key);
  }

  removedAt(): undefined {
    return undefined;
  }

  placesOf(): undefined {
    return undefined;
  }

  async list(options: ListOptions): Promise<EntryList> {
    const { partition, generation, after, itemsMax, bytesMax } = options;
    const sorted = [...this.#entries(partition, generation)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .filter(([key]) => after === undefined || key > after.toString('hex'))
      .map(([, entry]) => entry);
    let bytes = 0;
    const entries: StoredEntry[] = [];
    for (const entry of sorted) {
      if (entries.length >= itemsMax || bytes >= bytesMax) {
        break;
      }
      bytes += entry.key.length + entry.json.length;
      entries.push(entry);
    }
    return { entries, isComplete: entries.length === sorted.length };
  }

  count({ partition, generation }: CountOptions): Promise<EntryCount> {
    return Promise.resolve({ count: this.#entries(partition, generation).size, isExact: true });
  }

  openRange(): RangeReader {
    throw new Error('this store has no range index');
  }

  position(partition: number): PartitionPosition | undefined {
    return this.#positions.get(partition);
  }

  async write(
    partition: number,
    ops: readonly StoreOp[],
    position: PartitionPosition,
  ): Promise<void> {
    await Promise.resolve();
    if (this.writesLeft <= 0) {
      throw new Error('the disk is full');
    }
    this.writesLeft -= 1;
    const entries = this.#entries(partition, position.generation);
    for (const { key, record } of ops) {
      if (record === undefined) {
        entries.delete(key.toString('hex'));
      } else {
        entries.set(key.toString('hex'), { ...record, key });
      }
    }
    this.#positions.set(partition, position);
  }

  isLoading(): boolean {
    return false;
  }

  async load(
    partition: number,
    ops: readonly StoreOp[],
    position: PartitionPosition,
  ): Promise<boolean> {
    await this.write(partition, ops, position);
    return true;
  }

  async endLoad(partition: number, position: PartitionPosition): Promise<void> {
    await Promise.resolve();
    this.#positions.set(partition, position);
  }

  async settle(): Promise<boolean> {
    return false;
  }

  unsettled(): number {
    return 0;
  }

  async clearOtherGenerations(partition: number, generation: number): Promise<void> {
    for (const other of this.#generations) {
      if (other.partition === partition && other.generation !== generation) {
        other.entries.clear();
      }
    }
  }

  async reopen(): Promise<void> {
    this.writesLeft = Infinity;
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  #entries(partition: number, generation: number): Map<string, StoredEntry> {
    let build = this.#generations.find(
      (each) => each.partition === partition && each.generation === generation,
    );
    if (build === undefined) {
      build = { partition, generation, entries: new Map() };
      this.#generations.push(build);
    }
    return build.entries;
  }
}
