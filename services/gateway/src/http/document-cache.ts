/**
 * Remembers by a document's text, least recently used first out. Bounded in characters and not only
 * in entries, since a document of ten tokens may be as long as a body.
 */
export class DocumentCache<T> {
  readonly #charsMax: number;
  readonly #entries = new Map<string, T>();
  #chars = 0;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  get(text: string): T | undefined {
    const value = this.#entries.get(text);
    if (value !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, value);
    }
    return value;
  }

  set(text: string, value: T): void {
    if (text.length > this.#charsMax / 16) {
      return;
    }
    this.delete(text);
    this.#entries.set(text, value);
    this.#chars += text.length;
    while (this.#chars > this.#charsMax) {
      const [oldest] = this.#entries.keys();
      this.delete(oldest ?? '');
    }
  }

  delete(text: string): void {
    if (this.#entries.delete(text)) {
      this.#chars -= text.length;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#chars = 0;
  }
}
