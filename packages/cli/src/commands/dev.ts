import type { RunCommand } from '../run/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

export const run: RunCommand = async ({ args: [projectDir = ''], options, around }) => {
  const { runDev } = await import('../dev/run-dev.ts');
  const { nodePath, pid, stdout, stderr, signal } = around;
  const env = { ...around.env, ...flagsAsVariables(options) };
  return await runDev({ projectDir, env, nodePath, pid, stdout, stderr, signal });
};
