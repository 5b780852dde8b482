import { setTimeout as pause } from 'node:timers/promises';

import { statusOf } from './process-status.ts';

/** Elsewhere each look starts a program. */
const LOOK_MS = process.platform === 'linux' ? 150 : 400;
/** State of a process that a signal has stopped. A debugger causes the state `t`. */
const STOPPED = 'T';

/**
 * Resolves to true once a process is stopped by a signal such as SIGSTOP: it then answers nothing,
 * and nothing continues it. Two looks in a row must agree, so that a process that is continued at
 * once does not count. Resolves to false if the signal aborts before.
 */
export async function untilStopped(pid: number, signal: AbortSignal): Promise<boolean> {
  let wasStopped = false;
  while (!signal.aborted) {
    // If the check fails, it is repeated later.
    const status = await statusOf(pid).catch(() => undefined);
    const isNow = status?.state === STOPPED;
    if (isNow && wasStopped) {
      return !signal.aborted;
    }
    wasStopped = isNow;
    // Rejects only if the signal aborts.
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
