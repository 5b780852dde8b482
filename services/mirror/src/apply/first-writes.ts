import type { StoreOp } from '../store/ports.ts';

/**
 * The fold of an immutable topic. The first record of each key in the order of the log counts, and
 * later ones are skipped. The result depends only on the log, not on the writer. So every replica,
 * rebuild and reader gets the same record.
 *
 * A slice is read while the previous slice is written. So keys are looked up in the store and in
 * both slices. One object serves one call of the applier, so the keys of a failed write are
 * forgotten.
 */
export class FirstWrites {
  readonly #isStored: (key: Buffer) => boolean;
  #before: ReadonlySet<string> = new Set();
  #present = new Set<string>();

  constructor(isStored: (key: Buffer) => boolean) {
    this.#isStored = isStored;
  }

  /** Begins a new slice. The slice before the previous one is in the store by now. */
  beginSlice(): void {
    this.#before = this.#present;
    this.#present = new Set();
  }

  /** Whether the operation is the first write of its key. */
  admits({ key }: StoreOp): boolean {
    const name = key.toString('latin1');
    if (this.#present.has(name) || this.#before.has(name) || this.#isStored(key)) {
      return false;
    }
    this.#present.add(name);
    return true;
  }
}
