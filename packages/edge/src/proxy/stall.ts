/**
 * Calls back if pending data is not read for `ms`. A connection without pending data may be idle
 * for any time.
 */
export class Stall {
  readonly #ms: number;
  readonly #onStalled: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onStalled: () => void) {
    this.#ms = ms;
    this.#onStalled = onStalled;
  }

  /** Data is pending from now on. */
  begin(): void {
    this.end();
    this.#timer = setTimeout(this.#onStalled, this.#ms);
  }

  /** The data was read. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
