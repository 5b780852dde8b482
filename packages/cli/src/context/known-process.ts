import { readFile } from 'node:fs/promises';

import { runProgram } from '@quicksilver/local-kafka/run-program';
import { z } from 'zod';

/** A process. The command line distinguishes it from a later process with the same id. */
export const knownProcess = z.object({ pid: z.int().min(1), commandLine: z.string() });
export type KnownProcess = Readonly<z.infer<typeof knownProcess>>;

/** The process that has this id now; undefined if there is none. */
export async function processWithId(pid: number): Promise<KnownProcess | undefined> {
  const commandLine = await commandLineOf(pid);
  return commandLine === undefined ? undefined : { pid, commandLine };
}

export async function isRunning({ pid, commandLine }: KnownProcess): Promise<boolean> {
  return (await commandLineOf(pid)) === commandLine;
}

async function commandLineOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return textOf(text.replaceAll('\0', ' '));
  } catch {
    // The process has ended, or this system has no /proc (macOS). Then `ps` knows.
  }
  const outcome = await runProgram({
    command: 'ps',
    args: ['-ww', '-o', 'args=', '-p', String(pid)],
    timeoutMs: 5_000,
  }).catch(() => undefined);
  return textOf(outcome?.stdout.toString('utf8') ?? '');
}

function textOf(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed;
}
