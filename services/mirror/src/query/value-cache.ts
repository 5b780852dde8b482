import { getHeapStatistics } from 'node:v8';

import type { PartitionView } from '../apply/partition-state.ts';
import type { Octets } from './octets.ts';

export interface CachedValue {
  readonly partition: PartitionView;
  /** The generation of the partition that the value belongs to. */
  readonly generation: number;
  readonly json: Octets;
  /** Of the record that the value came with. */
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
}

export interface ValueCacheOptions {
  readonly bytesMax: number;
  /** True where stored keys are UTF-8 text, which then names them here. */
  readonly isText: boolean;
}

/** What an entry costs besides its key and its bytes, roughly. */
const ENTRY_BYTES = 200;
/** Part of V8's heap that values of one topic may have at most, for they live in it. */
const HEAP_SHARE = 0.25;

/**
 * Values that were read lately, in front of the store, which costs many times as much to ask. There
 * are two halves: what is read goes to the young one; when that is full it becomes the old one, and
 * the old one is dropped with all that nobody read again.
 *
 * It holds what a read of the store gave. An entry is forgotten when a write of its key is done, in
 * the same turn of the event loop in which the new position is set: no read can meet an old value
 * under a new position.
 */
export class ValueCache {
  readonly #options: ValueCacheOptions;
  #young = new Map<string, CachedValue>();
  #old = new Map<string, CachedValue>();
  #youngBytes = 0;

  constructor(options: ValueCacheOptions) {
    const heapBytes = getHeapStatistics().heap_size_limit * HEAP_SHARE;
    this.#options = { ...options, bytesMax: Math.min(options.bytesMax, heapBytes) };
  }

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  /** The name of a stored key. */
  keyOf(stored: Buffer): string {
    return this.#options.isText ? stored.toString('utf8') : stored.toString('latin1');
  }

  /** A value whose partition is still in the generation that it was read from. */
  get(key: string): CachedValue | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) {
      return isCurrent(young) ? young : undefined;
    }
    const old = this.#old.get(key);
    if (old === undefined || !isCurrent(old)) {
      return undefined;
    }
    this.#old.delete(key);
    this.set(key, old);
    return old;
  }

  set(key: string, value: CachedValue): void {
    this.#young.set(key, value);
    this.#youngBytes += ENTRY_BYTES + key.length + value.json.length;
    if (this.#youngBytes > this.#options.bytesMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
  }

  /** Called when a write is done, before anybody can learn of its position. */
  forget(ops: readonly { readonly key: Buffer }[]): void {
    if (this.isEmpty) {
      return;
    }
    for (const { key } of ops) {
      const name = this.keyOf(key);
      this.#young.delete(name);
      this.#old.delete(name);
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
  }
}

function isCurrent({ partition, generation }: CachedValue): boolean {
  return partition.generation === generation;
}
