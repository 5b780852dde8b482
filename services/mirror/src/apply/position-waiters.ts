import { AppError } from '@quicksilver/common/errors/app-error';

interface Waiter {
  readonly offset: bigint;
  readonly settle: (reached: boolean) => void;
}

/** Readers that wait until an offset is applied. Each has its own limit of time. */
export class PositionWaiters {
  readonly #waitersMax: number;
  readonly #waiters = new Set<Waiter>();

  constructor(options: { readonly waitersMax: number }) {
    this.#waitersMax = options.waitersMax;
  }

  /** True once `reached` is called with a position after the offset, false after `waitMs`. */
  wait(offset: bigint, waitMs: number): Promise<boolean> {
    if (this.#waiters.size >= this.#waitersMax) {
      throw new AppError(
        'OVERLOADED',
        `Too many reads wait for positions of this partition (${this.#waitersMax}, the limit). Retry later.`,
      );
    }
    return new Promise((resolve) => {
      const waiter = {
        offset,
        settle: (reached: boolean): void => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => waiter.settle(false), waitMs);
      this.#waiters.add(waiter);
    });
  }

  /** Everything before `nextOffset` is applied. */
  reached(nextOffset: bigint): void {
    for (const waiter of this.#waiters) {
      if (waiter.offset < nextOffset) {
        waiter.settle(true);
      }
    }
  }

  giveUp(): void {
    for (const waiter of this.#waiters) {
      waiter.settle(false);
    }
  }
}
