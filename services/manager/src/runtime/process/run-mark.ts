import { readdir, readFile } from 'node:fs/promises';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { endProcesses } from './end-process.ts';
import { identityOf, isAbsence, type ProcessIdentity } from './process-identity.ts';

/**
 * Set in the environment of every child, so that what it started itself is known for its too, even
 * after the child is gone and its id may belong to somebody else.
 */
export const RUN_MARK = 'QUICK_RUN_ID';

// A machine may run more processes than this one may open files.
const AT_ONCE = 64;

/**
 * The processes that were started under the mark, itself included. Empty on systems without `/proc`:
 * there nothing tells whose a process is once the one that started it is gone.
 */
export async function markedProcesses(runId: string): Promise<readonly ProcessIdentity[]> {
  if (process.platform !== 'linux') {
    return [];
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: ProcessIdentity[] = [];
  for (let from = 0; from < pids.length; from += AT_ONCE) {
    const some = await Promise.all(
      pids.slice(from, from + AT_ONCE).map((pid) => identityIfMarked(pid, runId)),
    );
    found.push(...some.filter((identity) => identity !== undefined));
  }
  return found;
}

/** Ends what is left of a run, gracefully first. Resolves once nothing of it runs; answers how many did. */
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
  // Asked again: were the id given to another in between, that one lacks the mark.
  return identity !== undefined && (await hasMark(pid, runId)) ? identity : undefined;
}

async function hasMark(pid: number, runId: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return environment.split('\0').includes(`${RUN_MARK}=${runId}`);
  } catch (error) {
    // Another user's is none of ours.
    if (isAbsence(error) || codeOf(error) === 'EACCES') {
      return false;
    }
    throw error;
  }
}
