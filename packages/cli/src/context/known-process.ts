import { readFile } from 'node:fs/promises';

import { runProgram } from '@quicksilver/local-kafka/run-program';

/** A process, told from a later one with the same id by its command line. */
export interface KnownProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** Undefined where no such process runs. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return textOf(text.replaceAll('\0', ' '));
  } catch {
    // The process is gone, or this system has no /proc (macOS) and `ps` knows.
  }
  const outcome = await runProgram({
    command: 'ps',
    args: ['-ww', '-o', 'args=', '-p', String(pid)],
    timeoutMs: 5_000,
  }).catch(() => undefined);
  return textOf(outcome?.stdout.toString('utf8') ?? '');
}

export async function isRunning({ pid, commandLine }: KnownProcess): Promise<boolean> {
  return (await commandLineOf(pid)) === commandLine;
}

function textOf(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed;
}
