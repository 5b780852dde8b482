import { rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import { holderOf } from '../../dev/data-directory.ts';
import { dataDirectoryOf } from '../../context/dev-run.ts';
import { confirmByName } from '../ask.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';
import { requireServices } from './require-services.ts';

export const run: RunCommand = async ({ args: [given = '.'], options, around }) => {
  requireServices();
  const { stopDev } = await import('../../dev/stop-dev.ts');
  const env = { ...around.env, ...flagsAsVariables(options) };
  const projectDir = resolve(around.cwd, given);
  const dataDir = dataDirectoryOf(projectDir, env);
  const holder = await holderOf(dataDir);
  if (holder !== undefined) {
    throw new CliError(
      `Expected that nothing uses the data in ${dataDir}, found that quick dev runs (process ${holder.pid}).`,
      { code: 'IN_USE', exitCode: EXIT.conflict, hint: 'Stop it first: quick dev stop' },
    );
  }
  if ((await stat(dataDir).catch(() => undefined)) === undefined) {
    around.stderr.write(`There is no data in ${dataDir}.\n`);
    return undefined;
  }
  const what = `This deletes all data in ${dataDir}.`;
  await confirmByName(what, basename(projectDir), options, around);
  // A run that was killed may have left processes that write there.
  await stopDev({ ...around, env, dataDir });
  await rm(dataDir, { recursive: true, force: true });
  around.stdout.write(`${dataDir} deleted\n`);
  return undefined;
};
