/**
 * Runs work of the same key one after the other, in the order of the calls, and work of different
 * keys concurrently. A failure does not stop the next work. The callers bound the number of calls.
 */
export class KeyedQueue {
  /** The last work of each key. Never rejects. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the work after the earlier work of all these keys. */
  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = keys.map(async (key) => await this.#last.get(key));
    const turn = Promise.all(before).then(work);
    const settled = turn.catch(() => undefined);
    for (const key of keys) {
      this.#last.set(key, settled);
    }
    try {
      return await turn;
    } finally {
      for (const key of keys) {
        if (this.#last.get(key) === settled) {
          this.#last.delete(key);
        }
      }
    }
  }

  /** Resolves when all work of the earlier calls has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
