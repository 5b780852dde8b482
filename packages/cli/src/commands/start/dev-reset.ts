import { rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import { isRunning } from '@quicksilver/processes/process-identity';

import { dataDirectoryOf, readRunFile } from '../../context/dev-run.ts';
import { holderOf } from '../../dev/data-directory.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { confirmByName } from '../ask.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

export const run: RunCommand = async ({ args: [dir = '.'], options, around }) => {
  const { stopDev } = await import('../../dev/stop-dev.ts');
  const env = { ...around.env, ...flagsAsVariables(options) };
  const projectDir = resolve(around.cwd, dir);
  const dataDir = dataDirectoryOf(projectDir, env);
  const devRun = await readRunFile(dataDir);
  // The run may use another data directory. Then this one leads the other commands to it.
  const isUsed = devRun !== undefined && (await isRunning(devRun.self));
  const holder = isUsed ? devRun.self : await holderOf(dataDir);
  if (holder !== undefined) {
    throw new CliError(`A running quick dev uses the data in ${dataDir} (process ${holder.pid}).`, {
      code: 'IN_USE',
      exitCode: EXIT.conflict,
      hint: 'To stop it first, run: quick dev stop',
    });
  }
  if ((await stat(dataDir).catch(() => undefined)) === undefined) {
    around.stderr.write(`There is no data in ${dataDir}.\n`);
    return undefined;
  }
  const consequence = `This deletes all data in ${dataDir}.`;
  await confirmByName(consequence, basename(projectDir), options, around);
  // A killed run may have left processes that write to the directory.
  await stopDev({ ...around, env, dataDir });
  await rm(dataDir, { recursive: true, force: true });
  around.stdout.write(`${dataDir} deleted\n`);
  return undefined;
};
