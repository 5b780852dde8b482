import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runProgram } from '@quicksilver/processes/run-program';

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url));
const CREATE_MS = 240_000;
const INSTALL_MS = 600_000;

/**
 * The `python` of a virtual environment with these packages, made once per content of the file. The
 * file names every package. Dependencies are ignored, because the oldest client requires versions
 * that today's Python cannot run. The environment is made in a separate directory and then renamed,
 * so an interrupted installation never looks complete.
 */
export async function pythonWith(requirements: URL): Promise<string> {
  const text = await readFile(requirements, 'utf8');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const dir = join(CACHE, `python-${digest}`);
  // Scripts hold the path of the directory in which they were made; `python -m` does not care.
  const python = join(dir, 'bin', 'python');
  if (existsSync(python)) {
    return python;
  }
  await mkdir(CACHE, { recursive: true });
  const making = `${dir}-${randomUUID()}`;
  try {
    await run('python3', ['-m', 'venv', making], CREATE_MS);
    await run(
      join(making, 'bin', 'python'),
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--requirement',
        fileURLToPath(requirements),
      ],
      INSTALL_MS,
    );
    await rename(making, dir).catch((error: unknown) => {
      // Another test file may have made the same one meanwhile.
      if (!existsSync(python)) {
        throw error;
      }
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return python;
}

async function run(command: string, args: readonly string[], timeoutMs: number): Promise<void> {
  const outcome = await runProgram({ command, args, timeoutMs });
  if (outcome.exitCode !== 0) {
    const how = outcome.timedOut
      ? `was not done in ${timeoutMs} ms`
      : `ended with ${outcome.exitCode}`;
    throw new Error(`${command} ${args.join(' ')} ${how}\n${outcome.stderr}`);
  }
}
