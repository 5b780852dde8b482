import { CliError } from '../run/cli-error.ts';
import type { RunCommand } from '../run/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

export const run: RunCommand = async ({ args: [projectDir = ''], options, around }) => {
  if (!import.meta.url.endsWith('.ts')) {
    throw new CliError('Expected the services beside the command, found only the command.', {
      code: 'NO_SERVICES',
      hint: 'quick dev runs in a clone of the repository: run npm start there.',
    });
  }
  const { runDev } = await import('../dev/run-dev.ts');
  const { nodePath, pid, stdout, stderr, signal } = around;
  const env = { ...around.env, ...flagsAsVariables(options) };
  return await runDev({ projectDir, env, nodePath, pid, stdout, stderr, signal });
};
