/** The functions that are called for each event of one kind, in the order of their addition. */
export class Listeners<Event extends readonly unknown[] = readonly []> {
  readonly #listeners = new Set<(...event: Event) => void>();

  /** Returns a function that removes the listener. */
  add(listener: (...event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  notify(...event: Event): void {
    for (const listener of this.#listeners) {
      listener(...event);
    }
  }
}
