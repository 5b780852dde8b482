import type { RunCommand } from '../../grammar/command-call.ts';
import { flagsAsVariables } from './flags-as-variables.ts';

export const run: RunCommand = async ({ args: [projectDir = ''], options, around }) => {
  const { runLoad } = await import('../../load/run-load.ts');
  const env = { ...around.env, ...flagsAsVariables(options) };
  return await runLoad(projectDir, { ...around, env });
};
