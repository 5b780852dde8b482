import { writeContexts } from '../../context/config-file.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { openContexts, requireContext } from './open-contexts.ts';

export const run: RunCommand = async (call) => {
  const [name = ''] = call.args;
  const { path, file } = await openContexts(call);
  requireContext(file, name);
  const { [name]: _deleted, ...contexts } = file.contexts;
  const wasActive = file.currentContext === name;
  await writeContexts(path, {
    ...(wasActive ? {} : { currentContext: file.currentContext }),
    contexts,
  });
  call.around.stderr.write(
    `context/${name} deleted${wasActive ? '. It was the active context. To activate another one, run: quick context activate' : ''}\n`,
  );
  return undefined;
};
