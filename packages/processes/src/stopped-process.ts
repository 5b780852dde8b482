import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const LOOK_MS = 400;
const TOOL_MS = 5_000;
/** State of a process that a signal has stopped. A debugger causes the state `t`. */
const STOPPED = 'T';

/**
 * Resolves to true once a process is stopped by a signal such as SIGSTOP: it then answers nothing,
 * and nothing continues it. Two looks in a row must agree, so that a process that is continued at
 * once does not count. Resolves to false if the signal aborts before.
 */
export async function untilStopped(pid: number, signal: AbortSignal): Promise<boolean> {
  let wasStopped = false;
  while (!signal.aborted) {
    const isNow = (await stateOf(pid)) === STOPPED;
    if (isNow && wasStopped) {
      return !signal.aborted;
    }
    wasStopped = isNow;
    // Rejects only if the signal aborts.
    await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/** One letter, as `ps` prints it; empty if the process is gone or the state cannot be read. */
async function stateOf(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
      // The name before it is in parentheses and may contain any character.
      return stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
    }
    const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)], { timeout: TOOL_MS });
    return stdout.trim().charAt(0);
  } catch {
    return '';
  }
}
