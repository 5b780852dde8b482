import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 25;
/** Far more than anything takes that comes at all, on a machine that is slow and shared. */
const HANG_MS = 20_000;

/**
 * Asks again and again until `check` answers without throwing, and gives its answer. Once `deadlineMs`
 * have passed it throws what the last try threw. A try itself must settle; it is not cut short.
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
