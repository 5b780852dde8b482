export interface Run {
  /** Aborted when the process should stop, by a signal or by `fail`. */
  readonly signal: AbortSignal;
  /** Reports an error that no part can recover from: the whole process drains and exits non-zero. */
  readonly fail: (error: unknown) => void;
}

/**
 * One piece of a service with a lifetime. `start` resolves when the part is usable, `drain` finishes
 * work in flight until the deadline aborts, `stop` frees every resource and must bear a `start`
 * that failed half-way.
 */
export interface Part {
  readonly name: string;
  start(run: Run): Promise<void>;
  drain?(deadline: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Undefined when ready to serve; else why not, in a sentence. Asked by `/readyz`. */
  notReady?(): string | undefined;
}
