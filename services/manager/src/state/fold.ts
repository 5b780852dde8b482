import type { VersionedRecord } from './versioned-record.ts';

export interface Versioned {
  readonly version: number;
  /** Null: gone, or never there. */
  readonly body: unknown;
}

const NEVER: Versioned = Object.freeze({ version: 0, body: null });

/**
 * What the resources topic says, read in the order of its offsets. Of several records that start
 * from the same version the first one wins, and everybody who reads the log sees the same winner.
 *
 * In the log as it was written an accepted record's base is the current version. After compaction
 * versions between two kept records are missing, hence `>=`. The last accepted record of an entity
 * is never compacted away: its writer waits for its own record before it writes the entity again, so
 * a later record under the same key was accepted in its turn, or lost to one under another key.
 */
export class Fold {
  readonly #entities = new Map<string, Versioned>();

  /** True where the record is accepted, false where it has lost. */
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
