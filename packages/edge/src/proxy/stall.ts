/**
 * Calls back when the other side has taken nothing for `ms` although something waits for it. A
 * connection on which nothing has to be sent may be quiet for as long as it likes.
 */
export class Stall {
  readonly #ms: number;
  readonly #onStalled: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onStalled: () => void) {
    this.#ms = ms;
    this.#onStalled = onStalled;
  }

  /** Something waits from now on. */
  begin(): void {
    this.end();
    this.#timer = setTimeout(this.#onStalled, this.#ms);
  }

  /** It was taken. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
