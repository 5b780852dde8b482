import { writeContexts } from '../../context/config-file.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import { openContexts, requireContext } from './open-contexts.ts';

export const run: RunCommand = async (call) => {
  const [from = '', to = ''] = call.args;
  const { path, file } = await openContexts(call);
  requireContext(file, from);
  if (Object.hasOwn(file.contexts, to)) {
    throw new CliError(`Context ${to} exists already.`, {
      code: 'CONTEXT_EXISTS',
      exitCode: EXIT.conflict,
      hint: `Choose another name, or rename that context first: quick context rename ${to} NAME`,
    });
  }
  await writeContexts(path, {
    currentContext: file.currentContext === from ? to : file.currentContext,
    contexts: Object.fromEntries(
      Object.entries(file.contexts).map(([name, context]) => [name === from ? to : name, context]),
    ),
  });
  call.around.stderr.write(`context/${from} is now context/${to}\n`);
  return undefined;
};
