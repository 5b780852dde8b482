import { AppError } from '@quicksilver/common/errors/app-error';

/** Counts what is open to each address, sockets included, and refuses what is too much. */
export class Load {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  get total(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Throws `AppError` OVERLOADED. What it returns gives the place back, once. */
  take(address: string, label: string): () => void {
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#max) {
      const detail = `${this.#max} requests and sockets are open to ${label}, which is the limit. Try again.`;
      throw new AppError('OVERLOADED', detail);
    }
    this.#open.set(address, open + 1);
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#giveBack(address);
      }
    };
  }

  #giveBack(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left === 0) {
      this.#open.delete(address);
    } else {
      this.#open.set(address, left);
    }
  }
}
