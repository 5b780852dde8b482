/**
 * Deletes the data of ended generations, one deletion at a time. A deletion knows only the
 * generation that it keeps, so it must end before another one begins.
 */
export class Clearing {
  #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** Rejects as `clear` does. Does nothing more if the signal or `end` stops it. */
  run(clear: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#ending.signal]);
    const running = this.#running
      .catch(() => {
        // The caller of the earlier deletion has the error.
      })
      .then(() => (stop.aborted ? undefined : clear(stop)));
    this.#running = running;
    return running;
  }

  /** Resolves when no deletion runs. */
  async end(): Promise<void> {
    this.#ending.abort();
    this.#ending = new AbortController();
    await this.#running.catch(() => {
      // The caller of the deletion has the error.
    });
  }
}
