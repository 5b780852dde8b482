import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Environment } from '@quicksilver/common/config/option';
import { pause } from '@quicksilver/common/flow/deadline';

import { isRunning, type KnownProcess } from '../context/known-process.ts';
import { holderOf } from './data-directory.ts';
import { endLeftovers } from './leftovers.ts';
import { isEphemeral, readRunFile, RUN_FILE } from '../context/dev-run.ts';

export interface StopDevOptions {
  readonly dataDir: string;
  readonly nodePath: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** A run that stops as it should takes less than five seconds, one that was killed less than eight. */
const WITHIN_MS = 12_000;
const KILLED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;
const LEFTOVERS_GRACE_MS = 2_000;

/**
 * Ends a run and everything that it had started, whatever of it was killed before. Answers how many
 * processes that were, beside those which ended with the run itself.
 */
export async function stopDev(options: StopDevOptions): Promise<number> {
  const { dataDir, signal } = options;
  const run = await readRunFile(dataDir);
  const holder = await holderOf(dataDir);
  const others = await running(run?.processes ?? []);
  if (holder !== undefined) {
    process.kill(holder.pid, 'SIGTERM');
    await untilGone([holder], signal);
  }
  // Each ends by itself once the one that started it is gone; this is for those that hang.
  await untilGone(others, signal);
  const left =
    run === undefined
      ? 0
      : await endLeftovers({ ...options, graceMs: LEFTOVERS_GRACE_MS, runtimeDir: run.runtimeDir });
  await rm(join(dataDir, RUN_FILE), { force: true });
  if (run !== undefined && isEphemeral(run.state)) {
    await rm(run.state, { recursive: true, force: true });
  }
  return others.length + left + (holder === undefined ? 0 : 1);
}

/** With force where it takes too long. */
async function untilGone(processes: readonly KnownProcess[], signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  let isForced = false;
  for (;;) {
    const left = await running(processes);
    if (left.length === 0) {
      return;
    }
    signal.throwIfAborted();
    const afterMs = performance.now() - begun;
    if (afterMs > WITHIN_MS + KILLED_WITHIN_MS) {
      throw new Error(`process ${left[0]?.pid} cannot be ended`);
    }
    if (afterMs > WITHIN_MS && !isForced) {
      isForced = true;
      left.forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

async function running<T extends KnownProcess>(processes: readonly T[]): Promise<readonly T[]> {
  const isLeft = await Promise.all(processes.map((each) => isRunning(each)));
  return processes.filter((_each, at) => isLeft[at] === true);
}
