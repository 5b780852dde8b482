import { readFile } from 'node:fs/promises';
import { runProgram } from './run-program.ts';

/**
 * True when the process runs and has the argument on its command line. Process ids are given out
 * again, so that a number alone says nothing about who holds it now.
 */
export async function isProcessOf(pid: number, argument: string): Promise<boolean> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return commandLine.split('\0').includes(argument);
  } catch {
    // Either the process is gone, or this system has no /proc (macOS) and `ps` knows.
  }
  if (process.platform === 'linux') {
    return false;
  }
  const outcome = await runProgram({
    command: 'ps',
    args: ['-ww', '-o', 'args=', '-p', String(pid)],
    timeoutMs: 5_000,
  });
  return outcome.stdout.toString('utf8').includes(argument);
}
