/**
 * The methods of a classic-level batch that are used here. classic-level implements them for
 * abstract-level. They are called directly, because a written batch can then be filled again. With
 * a new batch for each write, V8 would not see its memory and would free it late: 70 MB while a
 * topic is read. The calls of the public API cost as much again. The version of classic-level is
 * pinned, and the tests of the store use this code.
 */
export interface RawBatch {
  _put(key: Buffer, value: Buffer): void;
  _del(key: Buffer): void;
  _write(options: Readonly<Record<string, never>>): Promise<void>;
  _clear(): void;
}

interface Group {
  readonly batch: RawBatch;
  readonly written: PromiseWithResolvers<void>;
}

/**
 * Writes to one database, one at a time (group commit). During a write, the operations of all
 * further calls form the next group. A group is written completely or not at all, and so is each
 * call.
 */
export class GroupCommit {
  readonly #spare: RawBatch[];
  #next: Group | undefined;
  #isWriting = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(createBatch: () => RawBatch) {
    this.#spare = [createBatch(), createBatch()];
  }

  /**
   * Resolves when the operations of `fill` are written. After a failure all calls are rejected,
   * because LevelDB would acknowledge further writes and lose them.
   */
  add(fill: (batch: RawBatch) => void): Promise<void> {
    if (this.#failure !== undefined) {
      return Promise.reject(new Error('An earlier write failed', { cause: this.#failure.error }));
    }
    const group = this.#next ?? this.#begin();
    try {
      fill(group.batch);
    } catch (error) {
      // The batch now contains a part of the call and must never be written.
      this.#fail(group, error);
    }
    if (!this.#isWriting) {
      this.#isWriting = true;
      void this.#writeAll();
    }
    return group.written.promise;
  }

  #begin(): Group {
    const batch = this.#spare.pop();
    if (batch === undefined) {
      throw new Error('one batch is being written and one is being filled; there is never a third');
    }
    this.#next = { batch, written: Promise.withResolvers<void>() };
    return this.#next;
  }

  /** Never rejects. Each call gets the failure of its group. */
  async #writeAll(): Promise<void> {
    while (this.#next !== undefined && this.#failure === undefined) {
      const group = this.#next;
      this.#next = undefined;
      try {
        await group.batch._write({});
        group.batch._clear();
        this.#spare.push(group.batch);
        group.written.resolve();
      } catch (error) {
        this.#fail(group, error);
      }
    }
    this.#isWriting = false;
  }

  #fail(group: Group, error: unknown): void {
    this.#failure ??= { error };
    group.written.reject(error);
    this.#next?.written.reject(error);
    this.#next = undefined;
  }
}
