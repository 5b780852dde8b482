import { readdir, readFile } from 'node:fs/promises';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { endProcesses } from '@quicksilver/processes/end-processes';
import { identityOf, type ProcessIdentity } from '@quicksilver/processes/process-identity';
import { isAbsence } from '@quicksilver/processes/process-status';

/**
 * Set in the environment of every child, so that its descendants can be identified. This works even
 * after the child is gone and its process id is reused.
 */
export const RUN_MARK = 'QUICK_RUN_ID';

// Limits open files, since a machine may run more processes than that.
const AT_ONCE = 64;

/**
 * The processes with the mark, including the child itself. Empty on systems without `/proc`,
 * because descendants cannot be identified there once their parent is gone.
 */
export async function markedProcesses(runId: string): Promise<readonly ProcessIdentity[]> {
  if (process.platform !== 'linux') {
    return [];
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const identities: ProcessIdentity[] = [];
  for (let from = 0; from < pids.length; from += AT_ONCE) {
    const some = await Promise.all(
      pids.slice(from, from + AT_ONCE).map((pid) => identityIfMarked(pid, runId)),
    );
    identities.push(...some.filter((identity) => identity !== undefined));
  }
  return identities;
}

/**
 * Ends the remaining processes of a run, gracefully first. Resolves once none runs, and returns how
 * many did.
 */
export async function endMarked(
  runId: string,
  { graceMs }: { readonly graceMs: number },
): Promise<number> {
  const left = await markedProcesses(runId);
  await endProcesses(left, { graceMs, isGroup: false });
  return left.length;
}

async function identityIfMarked(pid: number, runId: string): Promise<ProcessIdentity | undefined> {
  const identity = (await hasMark(pid, runId)) ? await identityOf(pid) : undefined;
  // Checked again: if the id was reused in between, the other process lacks the mark.
  return identity !== undefined && (await hasMark(pid, runId)) ? identity : undefined;
}

async function hasMark(pid: number, runId: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return environment.split('\0').includes(`${RUN_MARK}=${runId}`);
  } catch (error) {
    // Processes of other users are never ours.
    if (isAbsence(error) || codeOf(error) === 'EACCES') {
      return false;
    }
    throw error;
  }
}
