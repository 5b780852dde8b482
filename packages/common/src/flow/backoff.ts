export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Doubling pauses with jitter (50 to 100 % of the step), so that clients do not retry in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const step = Math.min(this.#options.maxMs, this.#options.firstMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return step / 2 + (Math.random() * step) / 2;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
