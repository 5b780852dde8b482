import { AppError } from '@quicksilver/common/errors/app-error';

/** Counts open requests and sockets by address, and rejects those over the limit. */
export class OpenRequests {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  get total(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Takes a slot or throws `AppError('OVERLOADED')`. The returned function releases the slot once.
   */
  take(address: string, label: string): () => void {
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#max) {
      const detail = `Too many requests and sockets are open to ${label} (${this.#max}, the limit). Retry later.`;
      throw new AppError('OVERLOADED', detail);
    }
    this.#open.set(address, open + 1);
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#release(address);
      }
    };
  }

  #release(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left === 0) {
      this.#open.delete(address);
    } else {
      this.#open.set(address, left);
    }
  }
}
