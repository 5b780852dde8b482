export interface BoundedQueueOptions<T> {
  readonly itemsMax: number;
  readonly bytesMax: number;
  readonly sizeOf: (item: T) => number;
}

/**
 * A queue between one producer that must not wait and one consumer that iterates. It is bounded in
 * items and in bytes: `push` returns false instead of growing, and the producer decides how to
 * react. After `end` or `fail` the consumer receives the queued items first. Then the iteration
 * ends or throws the error.
 */
export class BoundedQueue<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #options: BoundedQueueOptions<T>;
  #items: T[] = [];
  #head = 0;
  #bytes = 0;
  #closed: { readonly error?: unknown } | undefined;
  #waiter: (() => void) | undefined;

  constructor(options: BoundedQueueOptions<T>) {
    this.#options = options;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False if the queue is full or closed. The item is then not added. */
  push(item: T): boolean {
    const size = this.#options.sizeOf(item);
    if (
      this.#closed !== undefined ||
      this.length >= this.#options.itemsMax ||
      // An item larger than the bound passes an empty queue, or it could never pass.
      (this.length > 0 && this.#bytes + size > this.#options.bytesMax)
    ) {
      return false;
    }
    this.#items.push(item);
    this.#bytes += size;
    this.#wake();
    return true;
  }

  end(): void {
    this.#closed ??= {};
    this.#wake();
  }

  fail(error: unknown): void {
    this.#closed ??= { error };
    this.#wake();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.length > 0) {
        return { done: false, value: this.#take() };
      }
      if (this.#closed !== undefined) {
        if ('error' in this.#closed) {
          throw this.#closed.error;
        }
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
    }
  }

  /** The consumer left, so the queued items are dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    this.#head = 0;
    this.#bytes = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): T {
    const item = this.#items[this.#head] as T;
    this.#head += 1;
    this.#bytes -= this.#options.sizeOf(item);
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.();
  }
}
