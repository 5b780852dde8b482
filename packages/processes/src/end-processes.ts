import { setTimeout as pause } from 'node:timers/promises';

import { codeOf } from './code-of.ts';
import { filterRunning, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface EndOptions {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Whether signals go to the process groups that the processes lead. */
  readonly isGroup: boolean;
  /** If it aborts, the wait rejects with its reason, and SIGKILL is not sent. */
  readonly signal?: AbortSignal;
}

const LOOK_MS = 20;
// A killed process that hangs in the kernel, for example on a broken disk, may take this long to
// exit.
const KILL_MS = 10_000;

/**
 * Ends processes with SIGTERM, and with SIGKILL after `graceMs`. A process with the same id but
 * another identity is never signalled. Resolves once all are gone.
 */
export async function endProcesses(
  processes: readonly ProcessIdentity[],
  options: EndOptions,
): Promise<void> {
  await signalEach(processes, 'SIGTERM', options);
  let left = await untilGone(processes, options.graceMs, options.signal);
  await signalEach(left, 'SIGKILL', options);
  left = await untilGone(left, KILL_MS, options.signal);
  if (left.length > 0) {
    throw new Error(
      `process ${left.map(({ pid }) => pid).join(', ')} still runs ${KILL_MS} ms after SIGKILL. Inspect it with ps.`,
    );
  }
}

async function signalEach(
  processes: readonly ProcessIdentity[],
  signal: 'SIGTERM' | 'SIGKILL',
  { isGroup }: EndOptions,
): Promise<void> {
  for (const identity of processes) {
    if (await isRunning(identity)) {
      send(isGroup ? -identity.pid : identity.pid, signal);
    }
  }
}

async function untilGone(
  processes: readonly ProcessIdentity[],
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly ProcessIdentity[]> {
  const untilMs = performance.now() + withinMs;
  let left = processes;
  for (;;) {
    left = await filterRunning(left);
    if (left.length === 0 || performance.now() >= untilMs) {
      return left;
    }
    signal?.throwIfAborted();
    await pause(LOOK_MS);
  }
}

function send(target: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // It ended a moment ago.
    if (codeOf(error) !== 'ESRCH') {
      throw error;
    }
  }
}
