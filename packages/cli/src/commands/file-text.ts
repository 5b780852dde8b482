import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { CliError } from '../output/cli-error.ts';
import { readAll } from '../output/read-all.ts';
import type { Surroundings } from '../output/surroundings.ts';

/** Reads a file, or standard input for `-`. Throws `CliError` if that fails. */
export async function fileText(file: string, around: Surroundings): Promise<string> {
  if (file === '-') {
    return await readAll(around.stdin, around.signal);
  }
  const path = resolve(around.cwd, file);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CliError(`The file ${path} cannot be read.`, {
      code: 'FILE_UNREADABLE',
      hint: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
