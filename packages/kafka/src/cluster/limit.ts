import { Deadline, pause } from '@quicksilver/common/flow/deadline';

/** The deadline of a call, and the signal that cancels it. */
export interface Limit {
  readonly deadline: Deadline;
  readonly signal?: AbortSignal | undefined;
}

/** Thrown by `within` when the time is up. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

export function limitOf(ms: number, signal?: AbortSignal): Limit {
  return { deadline: Deadline.in(ms), signal };
}

/** Whole milliseconds, as in requests to brokers. */
export function msLeft({ deadline }: Limit): number {
  return Math.ceil(deadline.leftMs);
}

/** Pauses before another attempt. False if the limit ends before. Throws on its signal. */
export async function pauseWithin(limit: Limit, ms: number): Promise<boolean> {
  if (!limit.deadline.allows(ms)) {
    return false;
  }
  await pause(ms, limit.signal ?? new AbortController().signal);
  limit.signal?.throwIfAborted();
  return true;
}

/**
 * The outcome of `work`. If the limit ends first, rejects with `LimitReached` or the signal's
 * reason. The work continues, so the caller must be able to cancel it.
 */
export function within<T>(work: Promise<T>, limit: Limit, doing: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { signal } = limit;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => finish(() => reject(reasonOf(signal)));
    const started = performance.now();
    const timer = setTimeout(() => {
      const ms = Math.round(performance.now() - started);
      finish(() => reject(new LimitReached(`${doing} took longer than ${ms} ms`)));
    }, msLeft(limit));
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
    if (signal?.aborted === true) {
      onAbort();
    } else {
      signal?.addEventListener('abort', onAbort, { once: true });
    }
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The call was aborted', 'AbortError');
}
