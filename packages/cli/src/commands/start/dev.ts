import type { RunCommand } from '../../grammar/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

export const run: RunCommand = async ({ args: [projectDir = '.'], options, around }) => {
  const { runDev } = await import('../../dev/run-dev.ts');
  const env = { ...around.env, ...flagsAsVariables(options) };
  return await runDev({
    projectDir,
    environment: options.text('environment'),
    isEphemeral: options.flag('ephemeral'),
    around: { ...around, env },
  });
};
