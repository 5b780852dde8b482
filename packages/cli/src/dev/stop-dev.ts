import { rm } from 'node:fs/promises';

import type { Environment } from '@quicksilver/common/config/option';
import { endProcesses } from '@quicksilver/processes/end-processes';
import { filterRunning, type ProcessIdentity } from '@quicksilver/processes/process-identity';

import { isEphemeral, readRunFile, removeRunFile } from '../context/dev-run.ts';
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
const LEFTOVERS_GRACE_MS = 2_000;

/**
 * Stops a run and all processes that it started, even if some of them were killed before. Returns
 * the number of running processes: the run, its services, and orphans of its manager.
 */
export async function stopDev(options: StopDevOptions): Promise<number> {
  const { dataDir, signal } = options;
  const run = await readRunFile(dataDir);
  const holder = await holderOf(dataDir);
  const children = await filterRunning(run?.processes ?? []);
  if (holder !== undefined) {
    await end([holder], signal);
  }
  // Children exit on their own once their parent is gone. This is for those that hang.
  await end(children, signal);
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
async function end(processes: readonly ProcessIdentity[], signal: AbortSignal): Promise<void> {
  try {
    await endProcesses(processes, { graceMs: WITHIN_MS, isGroup: false, signal });
  } catch (error) {
    signal.throwIfAborted();
    const pids = processes.map(({ pid }) => pid).join(', ');
    throw new CliError(`The run could not be ended (process ${pids}).`, {
      code: 'NOT_STOPPED',
      hint: 'Check that its processes belong to this user.',
      cause: error,
    });
  }
}
