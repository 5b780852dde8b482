import { readFile } from 'node:fs/promises';

import { runProgram } from '@quicksilver/local-kafka/run-program';

/**
 * True when the process runs and its command line holds the text. Process ids are given out again,
 * so the number alone does not say who has it now.
 */
export async function isRunning(pid: number, text: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(text);
  } catch {
    // The process is gone, or this system has no /proc (macOS) and `ps` knows.
  }
  const outcome = await runProgram({
    command: 'ps',
    args: ['-ww', '-o', 'args=', '-p', String(pid)],
    timeoutMs: 5_000,
  }).catch(() => undefined);
  return outcome?.stdout.toString('utf8').includes(text) === true;
}
