import { printYaml } from '../../context/config-file.ts';
import { notInitialized } from '../../context/target.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { printOne } from '../../output/print.ts';
import { openContexts, requireContext } from './open-contexts.ts';

export const run: RunCommand = async (call) => {
  const { file } = await openContexts(call);
  const name = call.options.text('context') ?? file.currentContext;
  if (name === undefined) {
    throw notInitialized();
  }
  requireContext(file, name);
  const { apiKey, ...context } = file.contexts[name] ?? { host: '' };
  printOne(
    call.output,
    { name, ...context, hasKey: (apiKey ?? '') !== '' },
    { name, plain: printYaml(file.contexts[name]) },
  );
  return undefined;
};
