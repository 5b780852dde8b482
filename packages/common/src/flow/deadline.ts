import { AppError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/catalog.ts';

/** Resolves after `ms`, or at once when the signal aborts; never rejects. The timer holds no process up. */
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
 * The outcome of `work`, or `AppError(code, detail)` once `ms` have passed. The work goes on in the
 * background and must end by itself; pass it a signal where it can be cut short.
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
    // Where the deadline won, a later rejection of the work has nobody left to hear it.
    work.catch(ignoreLate);
  }
}

function ignoreLate(): void {
  // The caller was told about the deadline already.
}
