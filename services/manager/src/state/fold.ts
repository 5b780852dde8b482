import type { VersionedRecord } from './versioned-record.ts';

export interface Versioned {
  readonly version: number;
  /** Null if it was deleted or never existed. */
  readonly body: unknown;
}

const NEVER: Versioned = Object.freeze({ version: 0, body: null });

/**
 * The state of the resources topic, read in offset order. If several records start from the same
 * version, the first one wins, and every reader of the log sees the same winner.
 *
 * In the original log, the base of an accepted record is the current version. Compaction removes
 * versions between two records, hence `>=`. Compaction never removes the last accepted record of an
 * entity. Its writer reads its own record before it writes the entity again. So a later record
 * under the same key was accepted too, or lost to one under another key.
 */
export class Fold {
  readonly #entities = new Map<string, Versioned>();

  /** True if the record is accepted, false if it lost. */
  apply({ entity, base, version, body }: VersionedRecord): boolean {
    if (base < this.get(entity).version) {
      return false;
    }
    this.#entities.set(entity, { version, body: body ?? null });
    return true;
  }

  get(entity: string): Versioned {
    return this.#entities.get(entity) ?? NEVER;
  }

  entities(): IterableIterator<string> {
    return this.#entities.keys();
  }

  clear(): void {
    this.#entities.clear();
  }
}
