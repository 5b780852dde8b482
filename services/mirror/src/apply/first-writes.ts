import type { StoreOp } from '../store/ports.ts';

/**
 * The fold of an immutable topic: of each key the first record counts, in the order of the log, and
 * every later one is passed over. It depends on the log alone, so every replica, every rebuild and
 * every reader comes to the same record, whoever wrote.
 *
 * Keys are looked for in the store and, since a slice is read while the one before it is being
 * written, among the keys of that slice and of the present one. One object serves one call of the
 * applier: what a failed write leaves behind is forgotten with it.
 */
export class FirstWrites {
  readonly #isStored: (key: Buffer) => boolean;
  #before: ReadonlySet<string> = new Set();
  #present = new Set<string>();

  constructor(isStored: (key: Buffer) => boolean) {
    this.#isStored = isStored;
  }

  /** A new slice begins: the slice before the last one is in the store by now. */
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
