import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalog.ts';

/** The time by which something must be done, on the clock of `performance.now()`. */
export class Deadline {
  readonly atMs: number;

  constructor(atMs: number) {
    this.atMs = atMs;
  }

  static in(ms: number): Deadline {
    return new Deadline(performance.now() + ms);
  }

  get isOver(): boolean {
    return performance.now() >= this.atMs;
  }

  /** At least 1, so that a call that starts too late fails with a timeout. */
  get leftMs(): number {
    return Math.max(1, this.atMs - performance.now());
  }

  /** Whether a pause ends before the deadline. */
  allows(pauseMs: number): boolean {
    return performance.now() + pauseMs < this.atMs;
  }
}

/** Resolves after `ms`, or at once if the signal aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * The outcome of `work`, or `AppError(code, detail)` after `ms`. The work continues in the
 * background and must end by itself. Pass it a signal if it can be cancelled.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  code: ErrorCode,
  detail: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError(code, detail)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // After the deadline a rejection of the work would be unhandled.
    work.catch(ignoreLate);
  }
}

function ignoreLate(): void {
  // The caller already has the error of the deadline.
}
