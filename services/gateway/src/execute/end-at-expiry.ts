import type { Caller } from '@quicksilver/common/access/caller';
import { AppError } from '@quicksilver/common/errors/app-error';

/** The longest delay of a timer. Later expiries are far beyond the life of a connection. */
const TIMER_MS_MAX = 2_147_483_647;

/** Calls `end` when the credentials of a caller expire. Does nothing after the signal aborts. */
export function endAtExpiry(
  { expiresAtMs }: Caller,
  signal: AbortSignal,
  end: (why: AppError) => void,
): void {
  if (expiresAtMs === undefined || signal.aborted) {
    return;
  }
  const timer = setTimeout(
    () =>
      end(new AppError('UNAUTHENTICATED', 'The credentials expired. Reconnect with a new token.')),
    Math.min(Math.max(0, expiresAtMs - Date.now()), TIMER_MS_MAX),
  );
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
