import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';

import { isResourceName } from '@quicksilver/contracts/control/resource-name';
import { codeOf } from '@quicksilver/common/errors/code-of';

import type { RunCommand } from '../../grammar/command-call.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { projectFiles } from '../../project/new-project.ts';
import { projectJsonSchema } from '../../project/project-schema.ts';
import { installedSchema } from '../../project/schema-place.ts';
import { projectFromTopics } from './project-from-topics.ts';

/** In a project whose directory has no installed package. */
const SCHEMA_FILE = 'quick.schema.json';

export const run: RunCommand = async (call) => {
  const {
    args: [path = '.'],
    around,
    options,
  } = call;
  const dir = resolve(around.cwd, path);
  const dirName = basename(dir).toLowerCase();
  const name = isResourceName(dirName) ? dirName : 'shop';
  const choice = options.text('fromTopics');
  const installed = installedSchema(dir);
  const npx = installed === undefined ? 'npx @quicksilver/cli' : 'npx quick';
  // npx sets this variable. Without npx, a local installation has no command on the path.
  const command = around.env['npm_command'] === 'exec' ? npx : 'quick';
  const project = { name, command, schemaPath: installed ?? `./${SCHEMA_FILE}` };
  const files = {
    ...(choice === undefined
      ? projectFiles(project)
      : await projectFromTopics(call, project, choice)),
    ...(installed === undefined
      ? { [SCHEMA_FILE]: `${JSON.stringify(projectJsonSchema(), undefined, 2)}\n` }
      : {}),
  };
  await mkdir(dir, { recursive: true });
  let writtenCount = 0;
  for (const [file, text] of Object.entries(files)) {
    const isNew = await writeNew(join(dir, file), text);
    const shown = relative(around.cwd, join(dir, file)) || file;
    around.stdout.write(`${shown} ${isNew ? 'created' : 'unchanged'}\n`);
    writtenCount += isNew ? 1 : 0;
  }
  if (writtenCount === 0) {
    throw new CliError(`There is a project in ${dir} already, so nothing was written.`, {
      code: 'EXISTS',
      exitCode: EXIT.conflict,
      hint: 'Name another directory, for example: quick init shop',
    });
  }
  const shownDir = relative(around.cwd, dir);
  const next = `${command} ${choice === undefined ? 'dev' : 'apply'}`;
  around.stderr.write(`\nNext: ${shownDir === '' ? '' : `cd ${shownDir} && `}${next}\n`);
  return undefined;
};

/** Returns false, and does not touch the file, if it exists. */
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
