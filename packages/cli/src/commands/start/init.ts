import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';

import { isResourceName } from '@quicksilver/common/control/resource-name';
import { codeOf } from '@quicksilver/common/errors/code-of';

import { projectFiles } from '../../project/new-project.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { RunCommand } from '../../grammar/command-call.ts';

export const run: RunCommand = async ({ args: [given = '.'], around }) => {
  const dir = resolve(around.cwd, given);
  const wanted = basename(dir).toLowerCase();
  const name = isResourceName(wanted) ? wanted : 'shop';
  await mkdir(dir, { recursive: true });
  let written = 0;
  for (const [file, text] of Object.entries(projectFiles(name))) {
    const isNew = await writeNew(join(dir, file), text);
    const shown = relative(around.cwd, join(dir, file)) || file;
    around.stdout.write(`${shown} ${isNew ? 'created' : 'unchanged'}\n`);
    written += isNew ? 1 : 0;
  }
  if (written === 0) {
    throw new CliError(
      `Expected room for a new project in ${dir}, found one: nothing was written.`,
      {
        code: 'EXISTS',
        exitCode: EXIT.conflict,
        hint: 'Name another directory: quick init shop',
      },
    );
  }
  const where = relative(around.cwd, dir);
  around.stderr.write(`\nNext: ${where === '' ? '' : `cd ${where} && `}quick dev\n`);
  return undefined;
};

/** False where there is such a file: it is left as it is. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}
