import { resolve } from 'node:path';

import { lastDataDirectoryOf } from '../../context/dev-run.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

export const run: RunCommand = async ({ args: [projectDir = '.'], options, around }) => {
  const { stopDev } = await import('../../dev/stop-dev.ts');
  const env = { ...around.env, ...flagsAsVariables(options) };
  const dataDir = await lastDataDirectoryOf(resolve(around.cwd, projectDir), env);
  const stopped = await stopDev({ ...around, env, dataDir });
  around.stderr.write(
    stopped === 0 ? `Nothing runs with the data in ${dataDir}.\n` : 'Everything is stopped.\n',
  );
  return undefined;
};
