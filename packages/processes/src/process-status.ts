import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { codeOf } from './code-of.ts';

export interface ProcessStatus {
  /** One letter, as `ps` prints it. */
  readonly state: string;
  /** The start time as the operating system prints it. */
  readonly startedAt: string;
}

const run = promisify(execFile);

const TOOL_MS = 5_000;
// Fields of /proc/<pid>/stat after the program name: `state` is the first, `starttime` the 20th.
const STATE_FIELD = 0;
const START_FIELD = 19;

/** Undefined if no process has the id, or only a zombie. */
export async function statusOf(pid: number): Promise<ProcessStatus | undefined> {
  const [state = '', startedAt = ''] = await (process.platform === 'linux'
    ? readProc(pid)
    : readPs(pid));
  const isEnded = startedAt === '' || state.startsWith('Z') || state.startsWith('X');
  return isEnded ? undefined : { state: state.charAt(0), startedAt };
}

/** Whether reading below `/proc/<pid>` failed because the process is gone. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ESRCH';
}

type StateAndStart = readonly (string | undefined)[];

async function readProc(pid: number): Promise<StateAndStart> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name is in parentheses and may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [fields[STATE_FIELD], fields[START_FIELD]];
  } catch (error) {
    if (isAbsence(error)) {
      return [];
    }
    // A failed read does not prove that the process is gone.
    throw error;
  }
}

async function readPs(pid: number): Promise<StateAndStart> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      timeout: TOOL_MS,
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
    });
    const [state, ...start] = stdout.trim().split(/\s+/);
    return [state, start.join(' ')];
  } catch (error) {
    // The exit code of ps if there is no such process.
    if (codeOf(error) === 1) {
      return [];
    }
    throw error;
  }
}
