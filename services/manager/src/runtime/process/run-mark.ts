import { readdir, readFile } from 'node:fs/promises';

import { endEach } from './end-process.ts';
import { isAbsence } from './process-identity.ts';

/**
 * Set in the environment of every child, so that what it started itself is known for its too, even
 * after the child is gone and its id may belong to somebody else.
 */
export const RUN_MARK = 'QUICK_RUN_ID';

/**
 * Ids of the processes that were started under the mark, itself included. Empty on systems without
 * `/proc`: there nothing tells whose a process is once the one that started it is gone.
 */
export async function markedProcesses(runId: string): Promise<readonly number[]> {
  if (process.platform !== 'linux') {
    return [];
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => ((await hasMark(pid, runId)) ? pid : undefined)),
  );
  return found.filter((pid) => pid !== undefined);
}

/** Ends what is left of a run, gracefully first. Resolves once nothing of it runs. */
export async function endMarked(
  runId: string,
  options: { readonly graceMs: number },
): Promise<readonly number[]> {
  const pids = await markedProcesses(runId);
  await endEach(pids, { ...options, isOurs: (pid) => hasMark(pid, runId) });
  return pids;
}

async function hasMark(pid: number, runId: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return environment.split('\0').includes(`${RUN_MARK}=${runId}`);
  } catch (error) {
    // Another user's is none of ours.
    if (
      isAbsence(error) ||
      (error instanceof Error && 'code' in error && error.code === 'EACCES')
    ) {
      return false;
    }
    throw error;
  }
}
