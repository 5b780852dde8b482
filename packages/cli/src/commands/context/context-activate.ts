import { writeContexts } from '../../context/config-file.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { openContexts, requireContext } from './open-contexts.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { path, file } = await openContexts(call);
  requireContext(file, name);
  await writeContexts(path, { ...file, currentContext: name });
  call.around.stderr.write(`context/${name} activated\n`);
  return undefined;
};
