/** What a part gets when it starts. */
export interface PartContext {
  /** Aborted when the process should stop, by a signal or by `fail`. */
  readonly signal: AbortSignal;
  /** Reports a fatal error: the whole process drains and exits non-zero. */
  readonly fail: (error: unknown) => void;
}

/**
 * A piece of a service with a lifetime. `start` resolves when the part is usable. `drain` finishes
 * work in flight until the deadline aborts. `stop` frees every resource, even if `start` failed
 * half-way.
 */
export interface Part {
  readonly name: string;
  start(context: PartContext): Promise<void>;
  drain?(deadline: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Undefined if ready to serve, else the reason as a sentence. `/readyz` calls it. */
  notReady?(): string | undefined;
}
