interface End {
  readonly offset: bigint;
  /** Monotonic milliseconds when Kafka reported it. */
  readonly atMs: number;
}

/**
 * The known end of a partition's log, and how old the applied data is. The data is as of a moment
 * if everything that was in the log at that moment is applied. So a log that always grows does not
 * make it old, and an open transaction that hides records does.
 */
export class LogEnd {
  #stableOffset = 0n;
  #latest: End = { offset: 0n, atMs: 0 };
  /** The end that has to be reached next. Later ones do not move it. */
  #target: End | undefined;
  #reachedMs: number | undefined;

  /** The end for a committed reader. Open transactions hold the records from here on. */
  get stableOffset(): bigint {
    return this.#stableOffset;
  }

  /** The end of the log, with the records that open transactions hold. */
  get offset(): bigint {
    const { offset } = this.#latest;
    return offset > this.#stableOffset ? offset : this.#stableOffset;
  }

  /** Monotonic milliseconds of the moment that the data is as of. Undefined if it is unknown. */
  get reachedMs(): number | undefined {
    return this.#reachedMs;
  }

  /** A session begins, maybe of another log. */
  begin(stableOffset: bigint): void {
    this.#stableOffset = stableOffset;
    this.#latest = { offset: stableOffset, atMs: performance.now() };
    this.#target = undefined;
  }

  /** -1 if it is unknown. */
  noteStable(stableOffset: bigint): void {
    if (stableOffset >= 0n) {
      this.#stableOffset = stableOffset;
    }
  }

  note(offset: bigint, nextOffset: bigint): void {
    this.#latest = { offset, atMs: performance.now() };
    this.#target ??= this.#latest;
    this.reach(nextOffset);
  }

  /** Everything before the offset is applied. */
  reach(nextOffset: bigint): void {
    for (const end of [this.#target, this.#latest]) {
      if (this.#target !== undefined && end !== undefined && nextOffset >= end.offset) {
        this.#reachedMs = end.atMs;
        this.#target = end === this.#latest ? undefined : this.#latest;
      }
    }
  }
}
