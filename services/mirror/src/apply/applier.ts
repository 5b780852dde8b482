import type { FetchedPartition } from '@quicksilver/kafka/ports';
import type { PartitionState } from '@quicksilver/contracts/mirror-api/contract';

import type { PartitionPosition } from '../store/ports.ts';
import type { ApplierOptions } from './applier-options.ts';
import { Clearing } from './clearing.ts';
import { FirstWrites } from './first-writes.ts';
import { LogEnd } from './log-end.ts';
import { PartitionPlacement } from './partition-placement.ts';
import { TRANSITIONS, type PartitionEvent, type PartitionView } from './partition-state.ts';
import { PoisonLog } from './poison-log.ts';
import { PositionWaiters } from './position-waiters.ts';
import { Rereads } from './rereads.ts';
import { later, SliceReader, type Slice } from './slice.ts';

const NOTES_MISSING =
  'other partitions have older records of keys that were removed here, so the partition must be rebuilt with notes of removals';

/**
 * The only writer of one partition's data, and the owner of its state. Calls must not overlap: the
 * caller awaits each one before the next.
 */
export class Applier implements PartitionView {
  readonly partition: number;
  readonly #options: ApplierOptions;
  readonly #waiters: PositionWaiters;
  readonly #placement: PartitionPlacement | undefined;
  readonly #reader: SliceReader;
  readonly #clearing = new Clearing();
  readonly poison: PoisonLog;
  readonly rereads: Rereads;
  #state: PartitionState = 'starting';
  #detail: string | undefined;
  #position: PartitionPosition | undefined;
  readonly #end = new LogEnd();
  /** Notes of removals are missing, and that was reported. */
  #needsRebuild = false;
  /** The end to reach before the partition serves. */
  #target = 0n;
  #targetIsRenewed = false;
  /** The first load of the generation is in progress. No reader sees it yet. */
  #isLoading = false;
  /** The offset after the last taken record. During a load, that record may not be written yet. */
  #takenTo = 0n;

  constructor(options: ApplierOptions) {
    this.partition = options.partition;
    this.#options = options;
    this.#waiters = new PositionWaiters({ waitersMax: options.waitersMax });
    this.#placement =
      options.places && new PartitionPlacement({ ...options, shared: options.places });
    const { keyEncoding } = options.types;
    this.poison = new PoisonLog({
      entriesMax: options.poisonEntriesMax,
      encodeKey: (key) => keyEncoding.encode(key),
    });
    const { placement, poison } = this;
    this.#reader = new SliceReader({ ...options, placement, poison });
    this.rereads = new Rereads({
      ...options,
      placement,
      poison,
      reader: this.#reader,
      position: () => (this.#state === 'serving' && !this.#isLoading ? this.#position : undefined),
      onWritten: (position) => {
        this.#position = position;
      },
    });
  }

  get state(): PartitionState {
    return this.#state;
  }

  get detail(): string | undefined {
    return this.#detail;
  }

  get generation(): number {
    return this.#position?.generation ?? 0;
  }

  get nextOffset(): bigint {
    return this.#position?.nextOffset ?? 0n;
  }

  get endOffset(): bigint {
    return this.#end.offset;
  }

  get stableOffset(): bigint {
    return this.#end.stableOffset;
  }

  get topicId(): string | undefined {
    return this.#position?.topicId;
  }

  /** The approximate number of loaded records that are not settled. */
  get unsettledRecords(): number {
    return this.#options.store.unsettled(this.partition);
  }

  get placement(): PartitionPlacement | undefined {
    return this.#placement;
  }

  get atEndMs(): number | undefined {
    return this.#end.reachedMs;
  }

  /** The position in the store. */
  stored(): PartitionPosition | undefined {
    return this.#options.store.position(this.partition);
  }

  /** Continues at a stored position. The partition serves once it has reached `endOffset`. */
  resume(position: PartitionPosition, endOffset: bigint): void {
    this.#placement?.resume(position.placement);
    this.#begin(position, endOffset);
    this.#isLoading = this.#options.store.isLoading(this.partition, position.generation);
    this.transition('resumed');
    if (!this.#isLoading && this.#hasCaughtUp()) {
      this.#caughtUp();
    }
  }

  /**
   * Begins a new generation at `fromOffset`. The previous records are invisible from now on. The
   * caller clears them later.
   */
  async rebuild(topicId: string, fromOffset: bigint, endOffset: bigint): Promise<void> {
    const before = this.stored();
    const generation = (before?.generation ?? 0) + 1;
    this.#placement?.renew(before?.topicId === topicId ? before.placement : undefined);
    const position = {
      generation,
      nextOffset: fromOffset,
      topicId,
      placement: this.#placement?.snapshot(),
    };
    // The state first, so that no read finds the old generation under the new position.
    this.transition('rebuilt');
    this.#waiters.giveUp();
    await this.#clearing.end();
    await this.#options.store.write(this.partition, [], position);
    this.#begin(position, endOffset);
    this.#isLoading = this.#options.range === undefined && this.#options.types.isImmutable !== true;
    this.#options.onRebuild();
    await this.#checkCaughtUp();
  }

  async clearOtherGenerations(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const clear = (stop: AbortSignal) =>
      store.clearOtherGenerations(this.partition, this.generation, stop);
    await this.#clearing.run(clear, signal);
  }

  /**
   * Applies fetched records in order and advances the position. Records that are already applied
   * are dropped, so an overlap is harmless. Rejects if the store failed; earlier writes stay valid.
   * If a schema is missing, rejects with REGISTRY_UNAVAILABLE before anything is written.
   */
  async apply(fetched: FetchedPartition): Promise<void> {
    this.#end.noteStable(fetched.endOffset);
    const { types: topicTypes, readersOf } = this.#options;
    const types =
      readersOf === undefined
        ? topicTypes
        : { ...topicTypes, ...(await readersOf(fetched.records, this.topicId ?? '')) };
    const firsts = this.#firstWrites();
    let writing = Promise.resolve();
    let at = 0;
    let reading = this.#takenTo;
    try {
      do {
        firsts?.beginSlice();
        const slice = this.#reader.read(fetched.records, at, reading, types, firsts);
        at = slice.end;
        reading = slice.nextOffset;
        const isLast = at >= fetched.records.length;
        const nextOffset = isLast ? later(fetched.nextOffset, reading) : reading;
        // The next slice is decoded while the previous one is written.
        await writing;
        writing = this.#advance(slice, nextOffset);
      } while (at < fetched.records.length);
    } finally {
      // Also if the store could not be read for the next slice: no other write may overlap this
      // one.
      await writing;
    }
    await this.#sweep();
    await this.rereads.write();
    await this.#checkCaughtUp();
  }

  /** Settles one step of the loaded data. Resolves to whether work is left. */
  async settle(): Promise<boolean> {
    if (this.#isLoading) {
      return false;
    }
    await this.rereads.write();
    return await this.#options.store.settle(this.partition, this.generation);
  }

  /** Reads the stored placement of keys, before the session begins. */
  recall(): void {
    this.#placement?.resume(this.stored()?.placement);
  }

  /** Why the stored data cannot be used, or undefined if it can. */
  problem(): string | undefined {
    return this.#placement?.isAmbiguous === true ? NOTES_MISSING : undefined;
  }

  /** Stops responding if a removal that left no note matters now. */
  checkNotes(): void {
    if (!this.#needsRebuild && this.#position !== undefined && this.problem() !== undefined) {
      this.#needsRebuild = true;
      this.transition('failed', NOTES_MISSING);
      this.#options.onAmbiguous?.();
    }
  }

  waitFor(offset: bigint, waitMs: number): Promise<boolean> {
    return offset < this.nextOffset ? Promise.resolve(true) : this.#waiters.wait(offset, waitMs);
  }

  reportCorrupt(detail: string): void {
    this.transition('failed', detail);
    this.#options.onCorrupt(detail);
  }

  noteEnd(highWatermark: bigint): void {
    this.#end.note(highWatermark, this.nextOffset);
  }

  transition(event: PartitionEvent, detail?: string): void {
    const from = this.#state;
    const to = TRANSITIONS[from][event];
    if (to !== from || detail !== undefined || event === 'progressed') {
      this.#detail = detail;
    }
    this.#state = to;
    if (to !== from) {
      this.#options.onState(from, to, detail);
      this.#options.places?.changed();
    }
  }

  close(): void {
    this.#waiters.giveUp();
    this.rereads.giveUp();
  }

  #begin(position: PartitionPosition, endOffset: bigint): void {
    this.#needsRebuild = false;
    this.#position = position;
    this.rereads.giveUp();
    this.poison.resume(position.poison);
    this.#takenTo = position.nextOffset;
    this.#reader.decodedTo = position.nextOffset;
    this.#end.begin(endOffset);
    this.#target = endOffset;
    this.#targetIsRenewed = false;
  }

  async #checkCaughtUp(): Promise<void> {
    if (this.#hasCaughtUp()) {
      await this.#endLoad();
      this.#caughtUp();
    }
  }

  #caughtUp(): void {
    this.transition('caught-up');
    this.#placement?.markRead();
  }

  #hasCaughtUp(): boolean {
    if (this.#state !== 'restoring' || this.#takenTo < this.#target) {
      return false;
    }
    if (this.#takenTo < this.stableOffset && !this.#targetIsRenewed) {
      // The log has grown meanwhile. Continue once more to the current end.
      this.#targetIsRenewed = true;
      this.#target = this.stableOffset;
      return false;
    }
    return true;
  }

  async #endLoad(): Promise<void> {
    if (!this.#isLoading || this.#position === undefined) {
      return;
    }
    const placement = this.#placement?.snapshot();
    const poison = this.poison.snapshot();
    const position = { ...this.#position, nextOffset: this.#takenTo, placement, poison };
    await this.#options.store.endLoad(this.partition, position);
    this.#isLoading = false;
    this.#reach(position);
  }

  /** Undefined if the last write of a key counts. */
  #firstWrites(): FirstWrites | undefined {
    const { store, types } = this.#options;
    const { partition, generation } = this;
    return types.isImmutable === true
      ? new FirstWrites((key) => store.get(partition, generation, key) !== undefined)
      : undefined;
  }

  /** Part of each turn, because no other write may run meanwhile. */
  async #sweep(): Promise<void> {
    const { sweep, store, onExpired } = this.#options;
    const position = this.#position;
    if (sweep === undefined || position === undefined || this.#isLoading) {
      return;
    }
    const ops = await sweep.step(store, this.partition, position.generation);
    if (ops.length > 0) {
      await store.write(this.partition, ops, position);
      onExpired?.(ops);
    }
  }

  async #advance(slice: Slice, nextOffset: bigint): Promise<void> {
    const { ops, placement, poison, isTruncated } = slice;
    const { store } = this.#options;
    const position = this.#position;
    if (position === undefined) {
      throw new Error(`partition ${this.partition} received records before its session began`);
    }
    if (nextOffset <= this.#takenTo) {
      return;
    }
    const next = { ...position, nextOffset, placement, poison };
    if (isTruncated) {
      await this.#truncate(next);
    } else if (this.#isLoading) {
      const takesMore = await store.load(this.partition, ops, next);
      this.#takenTo = nextOffset;
      this.#position = this.stored() ?? position;
      if (!takesMore) {
        await this.#endLoad();
      }
    } else {
      await store.write(this.partition, ops, next);
      this.#takenTo = nextOffset;
      this.#reach(next);
    }
    this.#options.onApplied(ops);
  }

  /**
   * Begins an empty generation. The position is the only write, so a crash leaves all records or
   * none. The data of the records is cleared later.
   */
  async #truncate(position: PartitionPosition): Promise<void> {
    const { store, onTruncated } = this.#options;
    // It reads for the generation that ends.
    this.rereads.giveUp();
    await this.#clearing.end();
    const next = { ...position, generation: position.generation + 1 };
    await store.write(this.partition, [], next);
    this.#takenTo = next.nextOffset;
    this.#reach(next);
    onTruncated?.();
  }

  #reach(position: PartitionPosition): void {
    this.#position = position;
    this.#end.reach(position.nextOffset);
    this.#waiters.reached(position.nextOffset);
  }
}
