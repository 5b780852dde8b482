import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 25;
/** Far longer than any expected result takes on a slow, shared machine. */
const HANG_MS = 20_000;

/**
 * Retries until `check` resolves, and returns its result. After `deadlineMs` it throws the error of
 * the last try. A try must settle on its own, because it is not interrupted.
 */
export async function eventually<T>(check: () => Promise<T> | T, deadlineMs = HANG_MS): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= until) {
        throw new Error(`Not so within ${deadlineMs} ms: ${messageOf(error)}`, { cause: error });
      }
    }
    await pause(EVERY_MS);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
