/**
 * What is used of a batch of classic-level: the methods that it implements for abstract-level. They
 * are called directly because a batch can then be filled again after it was written. A new one for
 * each write would be memory outside of V8's sight, which is given back only when V8 has a reason of
 * its own to look: 70 MB of it while a topic is read, and the calls in between cost as much again.
 * The version of classic-level is pinned, and the store's tests run through here.
 */
export interface RawBatch {
  _put(key: Buffer, value: Buffer): void;
  _del(key: Buffer): void;
  _write(options: Readonly<Record<string, never>>): Promise<void>;
  _clear(): void;
}

interface Gathered {
  readonly batch: RawBatch;
  readonly written: PromiseWithResolvers<void>;
}

/**
 * Writes to one database, one at a time. While one is under way the operations of all further calls
 * gather in the next: all or nothing is written of each, and so of each call.
 */
export class GatheredWrites {
  readonly #spare: RawBatch[];
  #next: Gathered | undefined;
  #isWriting = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(createBatch: () => RawBatch) {
    this.#spare = [createBatch(), createBatch()];
  }

  /**
   * Resolves when what `fill` put into the batch is written. After a failure everything is rejected:
   * LevelDB would go on to acknowledge writes, and lose them.
   */
  add(fill: (batch: RawBatch) => void): Promise<void> {
    if (this.#failure !== undefined) {
      return Promise.reject(new Error('An earlier write failed', { cause: this.#failure.error }));
    }
    const gathered = this.#next ?? this.#begin();
    try {
      fill(gathered.batch);
    } catch (error) {
      // The batch holds a part of the call now, and must never be written.
      this.#fail(gathered, error);
    }
    if (!this.#isWriting) {
      this.#isWriting = true;
      void this.#writeAll();
    }
    return gathered.written.promise;
  }

  #begin(): Gathered {
    const batch = this.#spare.pop();
    if (batch === undefined) {
      throw new Error('one batch is written and one gathers: there is never a third');
    }
    this.#next = { batch, written: Promise.withResolvers<void>() };
    return this.#next;
  }

  /** Never rejects: whoever added something hears of it. */
  async #writeAll(): Promise<void> {
    while (this.#next !== undefined && this.#failure === undefined) {
      const gathered = this.#next;
      this.#next = undefined;
      try {
        await gathered.batch._write({});
        gathered.batch._clear();
        this.#spare.push(gathered.batch);
        gathered.written.resolve();
      } catch (error) {
        this.#fail(gathered, error);
      }
    }
    this.#isWriting = false;
  }

  #fail(gathered: Gathered, error: unknown): void {
    this.#failure ??= { error };
    gathered.written.reject(error);
    this.#next?.written.reject(error);
    this.#next = undefined;
  }
}
