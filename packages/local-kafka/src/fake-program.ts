import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** For tests: a shell script that stands on a path of its own, as a program of this name would. */
export async function fakeProgram(dir: string, name: string, script: string): Promise<string> {
  const file = join(dir, name);
  await mkdir(dir, { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}
