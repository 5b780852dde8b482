import {
  loadEntries,
  type BulkStorage,
  type LoadEntries,
  type SettleTarget,
} from './bulk-storage.ts';
import { generationLoad, type GenerationLoad } from './generation-load.ts';
import { hashOf } from './key-filter.ts';
import type { RawBatch } from './group-commit.ts';
import type { PartitionPosition, StoreOp } from './ports.ts';
import { RunBuffer, type EntrySpan } from './run-buffer.ts';
import { RunCursor } from './run-cursor.ts';
import { ENTRY_HEAD_BYTES, findEntry, openPage } from './run-page.ts';
import {
  entriesBehind,
  writePages,
  runPageIndex,
  parseHead,
  printHead,
  type RunHead,
  type SortedRun,
} from './sorted-run.ts';
import { laterKey, parseSettled, printSettled } from './settled-mark.ts';
import { printPartitionPosition } from './store-identity.ts';
import {
  behindPrefix,
  dataPrefix,
  ownerOf,
  pageKey,
  partitionMetaKey,
  runHeadKey,
  runOf,
  runPrefix,
  SETTLED,
} from './store-key.ts';

/** With more runs, a lookup would read too many. Later records are written as usual. */
const RUNS_MAX = 128;
/** Operations that one step moves in about half a millisecond, for which a request may wait. */
const STEP_MAX = 250;

/**
 * Fills an empty generation fast. LevelDB sorts its input entry by entry and rewrites it on each
 * level, which is most of the work of a first load. So operations are buffered and sorted here, and
 * written as pages of many entries under growing keys, one sorted run after the other. LevelDB
 * never has to merge them.
 *
 * This is a log-structured merge-tree (P. O'Neil et al., 1996): a lookup that misses the data reads
 * the runs, the newest first. A filter rules out most of them. Later the runs are merged and moved
 * to the data in key order, which is the fastest order for LevelDB. Then they are deleted.
 *
 * The pages of a run and its head, which has the position, are one write. So data and position are
 * always consistent.
 */
export class BulkLoads {
  readonly #storage: BulkStorage;
  readonly #runBytes: number;
  readonly #entries: LoadEntries;
  readonly #generations = new Map<number, GenerationLoad>();
  /** Generations whose operations are all moved and whose runs are being deleted, by partition. */
  readonly #moved = new Map<number, GenerationLoad>();
  #nextRun = 0;

  private constructor(storage: BulkStorage, runBytes: number, entries: LoadEntries) {
    this.#storage = storage;
    this.#runBytes = runBytes;
    this.#entries = entries;
  }

  /** Reads the runs in the store. Throws `CorruptStoreError`. */
  static async open(
    storage: BulkStorage,
    runBytes: number,
    entries = loadEntries(storage),
  ): Promise<BulkLoads> {
    const loads = new BulkLoads(storage, runBytes, entries);
    for (const { partition, position, sorted } of await loads.#heads()) {
      const load = loads.#of({ partition, generation: position.generation });
      load.runs.push(sorted);
      load.position = position;
      loads.#nextRun = sorted.run + 1;
    }
    const settled = await storage.entries(Buffer.from([SETTLED]), Buffer.from([SETTLED + 1]));
    for (const [key, value] of settled) {
      const { partition, generation } = ownerOf(key);
      const load = loads.#existing(partition, generation);
      if (load !== undefined) {
        load.isEnded = true;
        load.settledTo = parseSettled(value);
      }
    }
    return loads;
  }

  /** Whether the generation has runs and may get more. */
  isLoading(partition: number, generation: number): boolean {
    const load = this.#existing(partition, generation);
    return load?.isEnded === false;
  }

  /**
   * Adds operations after all earlier ones. A later call or `end` writes them. Resolves to whether
   * it takes more; if not, the caller must call `end`. Rejects if a write failed.
   */
  async add(
    partition: number,
    ops: readonly StoreOp[],
    position: PartitionPosition,
  ): Promise<boolean> {
    const load = this.#of({ partition, generation: position.generation });
    load.buffer ??= new RunBuffer(this.#runBytes);
    for (const op of ops) {
      load.buffer.add(op);
      if (op.isIndexed === true) {
        load.indexed.add(op.key.toString('latin1'));
      }
    }
    if (load.buffer.isFull) {
      await this.#flush(load, position, { isLast: false });
    }
    return load.runs.length < RUNS_MAX;
  }

  /**
   * Ends the load. If there are too few operations for a run, resolves to them, and the caller
   * writes them as usual. Otherwise resolves to undefined, and everything is written.
   */
  async end(partition: number, position: PartitionPosition): Promise<StoreOp[] | undefined> {
    const load = this.#existing(partition, position.generation);
    if (load === undefined) {
      return [];
    }
    await load.flushing;
    if (load.runs.length === 0) {
      this.#generations.delete(partition);
      return (load.buffer?.operations() ?? []).map((op) =>
        load.indexed.has(op.key.toString('latin1')) ? { ...op, isIndexed: true } : op,
      );
    }
    await this.#flush(load, position, { isLast: true });
    await load.flushing;
    load.buffer = undefined;
    return undefined;
  }

  /** The operation of a key in the runs. The caller looks in the data first. */
  find(partition: number, generation: number, key: Buffer): StoreOp | undefined {
    const load = this.#existing(partition, generation);
    if (load === undefined || this.#isSettled(load, key)) {
      return undefined;
    }
    const hash = hashOf(key);
    for (let at = load.runs.length - 1; at >= 0; at -= 1) {
      const run = load.runs[at];
      if (run !== undefined && run.filter.mayHave(hash)) {
        const page = runPageIndex(run.firstKeys, key);
        const operation = page < 0 ? undefined : findEntry(this.#page(run.run, page), key);
        if (operation !== undefined) {
          return operation;
        }
      }
    }
    return undefined;
  }

  /** Whether a run may have the key. Its removal must be stored then. */
  mayHave(partition: number, generation: number, key: Buffer): boolean {
    const load = this.#existing(partition, generation);
    return load !== undefined && !this.#isSettled(load, key);
  }

  /**
   * The operations after the key that are not moved yet, or undefined without runs. They stay
   * readable until `done` is called.
   */
  cursor(
    partition: number,
    generation: number,
    after: Buffer | undefined,
  ): { readonly operations: RunCursor; readonly done: () => void } | undefined {
    const load = this.#existing(partition, generation);
    if (load === undefined) {
      return undefined;
    }
    const operations = this.#cursorOf(load, laterKey(after, load.settledTo));
    load.readers += 1;
    return {
      operations,
      done: () => {
        load.readers -= 1;
      },
    };
  }

  /**
   * Moves some operations to the data, or deletes a run if all are moved. Resolves to whether there
   * may be more. The caller allows no other write of the partition meanwhile. After a failure it
   * must drop this object, because the cursor is ahead.
   */
  async settle(partition: number, generation: number, target: SettleTarget): Promise<boolean> {
    const moved = this.#moved.get(partition);
    if (moved?.generation === generation) {
      return await this.#removeNext(moved);
    }
    const load = this.#existing(partition, generation);
    if (load?.isEnded !== true) {
      return false;
    }
    const ops: StoreOp[] = [];
    load.cursor ??= this.#cursorOf(load, load.settledTo);
    while (ops.length < STEP_MAX) {
      const op = load.cursor.next();
      if (op === undefined) {
        break;
      }
      ops.push(op);
    }
    const last = ops.at(-1)?.key;
    const settledTo = last === undefined ? load.settledTo : Buffer.from(last);
    const newer = await target.newer(ops);
    const removed = ops.filter((_op, at) => newer[at] === 'removal');
    const removals = removed.map(({ key }) => Buffer.from(key));
    await this.#storage.write((batch) => {
      for (const key of load.removals) {
        target.forgetRemoval(batch, key);
      }
      for (const [at, { key, record }] of ops.entries()) {
        if (record !== undefined && newer[at] === 'nothing') {
          target.put(batch, key, record);
        }
      }
      batch._put(dataPrefix(partition, generation, SETTLED), printSettled(settledTo));
    });
    // Not earlier: the removal of a key must stay as long as a lookup may read a run.
    load.settledTo = settledTo;
    load.removals = removals;
    if (ops.length === 0) {
      this.#generations.delete(partition);
      this.#moved.set(partition, load);
    }
    return true;
  }

  /** The approximate number of operations in the partition's runs that are not moved yet. */
  unsettled(partition: number): number {
    const { runs = [], settledTo } = this.#generations.get(partition) ?? {};
    return runs.reduce((total, run) => total + entriesBehind(run, settledTo), 0);
  }

  /** The position of the newest run, if there is one. That of a usual write may be later. */
  position(partition: number): PartitionPosition | undefined {
    return this.#generations.get(partition)?.position;
  }

  /** Deletes the runs of the partition's other generations. */
  async clearOthers(partition: number, generation: number, signal: AbortSignal): Promise<void> {
    const load = this.#generations.get(partition);
    if (load !== undefined && load.generation !== generation) {
      this.#generations.delete(partition);
    }
    if (this.#moved.get(partition)?.generation !== generation) {
      this.#moved.delete(partition);
    }
    for (const head of await this.#heads()) {
      if (head.partition === partition && head.position.generation !== generation) {
        await this.#clear(runPrefix(head.sorted.run), signal);
      }
    }
  }

  async #heads(): Promise<RunHead[]> {
    const [gte, lt] = [runPrefix(), behindPrefix(runPrefix())];
    const first = await this.#storage.endKey(gte, lt, 'first');
    const last = await this.#storage.endKey(gte, lt, 'last');
    const heads: RunHead[] = [];
    if (first !== undefined && last !== undefined) {
      for (let run = runOf(first); run <= runOf(last); run += 1) {
        const stored = this.#storage.get(runHeadKey(run));
        if (stored !== undefined) {
          heads.push(parseHead(run, stored));
        }
      }
    }
    return heads;
  }

  /** Writes the buffer as a run, once the previous run is written. */
  async #flush(
    load: GenerationLoad,
    position: PartitionPosition,
    { isLast }: { readonly isLast: boolean },
  ): Promise<void> {
    const { partition, generation, buffer } = load;
    await load.flushing;
    let run: SortedRun | undefined;
    const indexWrite = this.#entries.index.begin();
    load.flushing = this.#storage
      .write((batch) => {
        if (buffer !== undefined && !buffer.isEmpty) {
          run = this.#writeRun(partition, position, buffer, batch);
          buffer.clear();
          for (const key of load.indexed) {
            indexWrite.add(batch, partition, Buffer.from(key, 'latin1'));
          }
          load.indexed.clear();
        }
        this.#entries.poison.fill(batch, partition, position);
        if (isLast) {
          batch._put(dataPrefix(partition, generation, SETTLED), printSettled(undefined));
          batch._put(partitionMetaKey(partition), printPartitionPosition(position));
        }
      })
      .then(() => {
        indexWrite.done();
        if (run !== undefined) {
          load.runs.push(run);
          load.position = position;
        }
        load.isEnded = isLast;
      });
    // The next caller that awaits it gets the failure.
    load.flushing.catch(() => {});
  }

  #writeRun(
    partition: number,
    position: PartitionPosition,
    buffer: RunBuffer,
    batch: RawBatch,
  ): SortedRun {
    const run = this.#nextRun;
    this.#nextRun += 1;
    const { bytes } = buffer;
    const keyOf = ({ start }: EntrySpan): Buffer => {
      const keyStart = start + ENTRY_HEAD_BYTES;
      return bytes.subarray(keyStart, keyStart + bytes.readUInt32BE(start));
    };
    const put = (key: Buffer, page: Buffer): void => batch._put(key, page);
    const sorted = writePages(run, bytes, buffer.sorted(), keyOf, put);
    batch._put(runHeadKey(run), printHead({ partition, position, sorted }));
    return sorted;
  }

  /**
   * Deletes a run. Resolves to whether more are left, and to false while lists still read. The head
   * is deleted last, so that the next process finds the remaining pages after a crash.
   */
  async #removeNext(load: GenerationLoad): Promise<boolean> {
    const [oldest] = load.runs;
    if (load.readers > 0) {
      return false;
    }
    if (oldest !== undefined) {
      await this.#clear(runPrefix(oldest.run));
      load.runs.shift();
      return true;
    }
    const { partition, generation } = load;
    await this.#clear(dataPrefix(partition, generation, SETTLED));
    this.#moved.delete(partition);
    return false;
  }

  #clear(prefix: Buffer, signal?: AbortSignal): Promise<void> {
    return this.#storage.clear(prefix, behindPrefix(prefix), signal);
  }

  #cursorOf(load: GenerationLoad, after: Buffer | undefined): RunCursor {
    return new RunCursor(load.runs, after, (run, page) => this.#page(run, page));
  }

  #page(run: number, page: number): Buffer {
    const key = pageKey(run, page);
    return openPage(key, this.#storage.get(key));
  }

  #isSettled({ settledTo }: GenerationLoad, key: Buffer): boolean {
    return settledTo !== undefined && key.compare(settledTo) <= 0;
  }

  #existing(partition: number, generation: number): GenerationLoad | undefined {
    const load = this.#generations.get(partition);
    return load?.generation === generation ? load : undefined;
  }

  #of({ partition, generation }: { partition: number; generation: number }): GenerationLoad {
    const existing = this.#existing(partition, generation);
    if (existing !== undefined) {
      return existing;
    }
    const load = generationLoad(partition, generation);
    this.#generations.set(partition, load);
    return load;
  }
}
