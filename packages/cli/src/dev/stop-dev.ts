import { rm } from 'node:fs/promises';

import type { Environment } from '@quicksilver/common/config/option';
import { pause } from '@quicksilver/common/flow/deadline';

import { isEphemeral, readRunFile, removeRunFile } from '../context/dev-run.ts';
import { isRunning, type KnownProcess } from '../context/known-process.ts';
import { CliError } from '../output/cli-error.ts';
import { holderOf } from './data-directory.ts';
import { endLeftovers } from './leftovers.ts';

export interface StopDevOptions {
  readonly dataDir: string;
  readonly nodePath: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** An orderly stop takes less than five seconds; after a kill, orphans exit within eight. */
const WITHIN_MS = 12_000;
const KILLED_WITHIN_MS = 2_000;
const POLL_EVERY_MS = 50;
const LEFTOVERS_GRACE_MS = 2_000;

/**
 * Stops a run and all processes that it started, even if some of them were killed before. Returns
 * the number of running processes: the run, its services, and orphans of its manager.
 */
export async function stopDev(options: StopDevOptions): Promise<number> {
  const { dataDir, signal } = options;
  const run = await readRunFile(dataDir);
  const holder = await holderOf(dataDir);
  const children = await running(run?.processes ?? []);
  if (holder !== undefined) {
    process.kill(holder.pid, 'SIGTERM');
    await awaitExit([holder], signal);
  }
  // Children exit on their own once their parent is gone. This is for those that hang.
  await awaitExit(children, signal);
  const leftovers =
    run === undefined
      ? 0
      : await endLeftovers({ ...options, graceMs: LEFTOVERS_GRACE_MS, runtimeDir: run.runtimeDir });
  if (run !== undefined) {
    await removeRunFile(run);
    if (isEphemeral(run.state)) {
      await rm(run.state, { recursive: true, force: true });
    }
  }
  return children.length + leftovers + (holder === undefined ? 0 : 1);
}

/** Kills the processes that take too long. */
async function awaitExit(processes: readonly KnownProcess[], signal: AbortSignal): Promise<void> {
  const startMs = performance.now();
  let isForced = false;
  for (;;) {
    const alive = await running(processes);
    if (alive.length === 0) {
      return;
    }
    signal.throwIfAborted();
    const afterMs = performance.now() - startMs;
    if (afterMs > WITHIN_MS + KILLED_WITHIN_MS) {
      throw new CliError(`Process ${alive[0]?.pid} cannot be killed.`, {
        code: 'NOT_STOPPED',
        hint: 'Check that it belongs to this user.',
      });
    }
    if (afterMs > WITHIN_MS && !isForced) {
      isForced = true;
      alive.forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
    }
    await pause(POLL_EVERY_MS, signal);
  }
}

async function running<T extends KnownProcess>(processes: readonly T[]): Promise<readonly T[]> {
  const isAlive = await Promise.all(processes.map((each) => isRunning(each)));
  return processes.filter((_each, at) => isAlive[at] === true);
}
