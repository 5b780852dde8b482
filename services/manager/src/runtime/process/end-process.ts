import { setTimeout as pause } from 'node:timers/promises';

import { isRunning, type ProcessIdentity } from './process-identity.ts';

const LOOK_MS = 20;
// A killed process that hangs in the kernel, on a dead disk say, may take this long to disappear.
const KILL_MS = 10_000;

/**
 * Ends a process with all of its process group: SIGTERM, and what still runs after `graceMs` gets
 * SIGKILL. A process that is not exactly the one named is never signalled. Resolves once it is gone.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: { readonly graceMs: number },
): Promise<void> {
  await endEach([-identity.pid], { ...options, isOurs: () => isRunning(identity) });
}

interface EndEachOptions {
  readonly graceMs: number;
  /** Asked right before each signal. */
  readonly isOurs: (target: number) => Promise<boolean>;
}

/** The same for several; a negative number means the process group. */
export async function endEach(targets: readonly number[], options: EndEachOptions): Promise<void> {
  let left = await signalOurs(targets, 'SIGTERM', options);
  left = await untilGone(left, options.graceMs, options);
  left = await signalOurs(left, 'SIGKILL', options);
  left = await untilGone(left, KILL_MS, options);
  if (left.length > 0) {
    throw new Error(
      `process ${left.map(Math.abs).join(', ')} was to end, but still runs ${KILL_MS} ms after SIGKILL: look at it with ps`,
    );
  }
}

async function signalOurs(
  targets: readonly number[],
  signal: 'SIGTERM' | 'SIGKILL',
  { isOurs }: EndEachOptions,
): Promise<readonly number[]> {
  const left: number[] = [];
  for (const target of targets) {
    if ((await isOurs(target)) && send(target, signal)) {
      left.push(target);
    }
  }
  return left;
}

async function untilGone(
  targets: readonly number[],
  deadlineMs: number,
  { isOurs }: EndEachOptions,
): Promise<readonly number[]> {
  const until = performance.now() + deadlineMs;
  let left = targets;
  for (;;) {
    const ours = await Promise.all(left.map(isOurs));
    left = left.filter((_target, index) => ours[index] === true);
    if (left.length === 0 || performance.now() >= until) {
      return left;
    }
    await pause(LOOK_MS);
  }
}

function send(target: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') {
      return false;
    }
    throw error;
  }
}
