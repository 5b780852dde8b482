/**
 * Caches values by the text or id of a document and evicts the least recently used. The bound
 * counts characters instead of entries, because a document of ten tokens may be as long as a body.
 */
export class DocumentCache<T> {
  readonly #charsMax: number;
  readonly #charsOf: (key: string, value: T) => number;
  readonly #entries = new Map<string, T>();
  #chars = 0;

  constructor(charsMax: number, charsOf = (key: string, _value: T): number => key.length) {
    this.#charsMax = charsMax;
    this.#charsOf = charsOf;
  }

  get(key: string): T | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: string, value: T): void {
    const chars = this.#charsOf(key, value);
    if (chars > this.#charsMax / 16) {
      return;
    }
    this.delete(key);
    this.#entries.set(key, value);
    this.#chars += chars;
    while (this.#chars > this.#charsMax) {
      const [oldest] = this.#entries.keys();
      this.delete(oldest ?? '');
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#chars -= this.#charsOf(key, value);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#chars = 0;
  }
}
