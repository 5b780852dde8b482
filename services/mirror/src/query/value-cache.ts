import { getHeapStatistics } from 'node:v8';

import type { PartitionView } from '../apply/partition-state.ts';
import type { Octets } from './octets.ts';

export interface CachedValue {
  readonly partition: PartitionView;
  /** The generation of the partition that the value belongs to. */
  readonly generation: number;
  readonly json: Octets;
  /** The offset of its record. */
  readonly offset: bigint;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint;
  /** Offset of a newer record of the key that was skipped. Such a value is never cached. */
  readonly skipped?: bigint | undefined;
}

export interface ValueCacheOptions {
  readonly bytesMax: number;
  /** Whether stored keys are UTF-8 text, which then is their name in the cache. */
  readonly isText: boolean;
}

/** The approximate bytes of an entry besides its key and its JSON. */
const ENTRY_BYTES = 200;
/** The largest share of V8's heap for the values of one topic, which are in it. */
const HEAP_SHARE = 0.25;

/**
 * Recently read values, in front of the store, whose reads cost many times as much. It has two
 * halves. A value that is read goes to the young one. When that is full, it becomes the old one,
 * and the previous old one is dropped.
 *
 * It contains results of the store. A write removes the entry of its key, in the same turn of the
 * event loop in which the new position is set. So no read can find an old value under a new
 * position.
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

  /** Undefined if the partition has started a new generation since the value was read. */
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

  /** Called after a write, before its position is visible. */
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
