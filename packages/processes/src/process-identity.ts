import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf } from './code-of.ts';

/** Identifies a process uniquely. Process ids alone are reused, also after the machine restarts. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The start time as the operating system prints it. It is only compared, never parsed. */
  readonly startedAt: string;
  readonly bootId: string;
}

const run = promisify(execFile);

const TOOL_MS = 5_000;
// Fields of /proc/<pid>/stat after the program name: `state` is the first, `starttime` the 20th.
const STATE_FIELD = 0;
const START_FIELD = 19;

/** Undefined if no process has the id, or only a zombie. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = await (process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid));
  return startedAt === undefined ? undefined : { pid, startedAt, bootId: await readBootId() };
}

/** Whether exactly this process runs now. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identityOf(identity.pid);
  return now?.startedAt === identity.startedAt && now.bootId === identity.bootId;
}

async function startFromProc(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (isAbsence(error)) {
      return undefined;
    }
    // A failed read does not prove that the process is gone.
    throw error;
  }
  // The name is in parentheses and may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return isEnded(fields[STATE_FIELD]) ? undefined : fields[START_FIELD];
}

async function startFromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      timeout: TOOL_MS,
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
    });
    const [state, ...start] = stdout.trim().split(/\s+/);
    return start.length === 0 || isEnded(state) ? undefined : start.join(' ');
  } catch (error) {
    // The exit code of ps if there is no such process.
    if (codeOf(error) === 1) {
      return undefined;
    }
    throw error;
  }
}

/** Whether reading below `/proc/<pid>` failed because the process is gone. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ESRCH';
}

function isEnded(state: string | undefined): boolean {
  return state === undefined || state.startsWith('Z') || state.startsWith('X');
}

async function readBootId(): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  }
  const { stdout } = await run('/usr/sbin/sysctl', ['-n', 'kern.boottime'], { timeout: TOOL_MS });
  return stdout.trim();
}
