import { resolve } from 'node:path';

import {
  configPath,
  quickConfigPath,
  readContexts,
  writeContexts,
} from '../../context/config-file.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';
import type { RunCommand } from '../../grammar/command-call.ts';

export const run: RunCommand = async ({ args: [given = 'quick'], around }) => {
  const source = given === 'quick' ? quickConfigPath(around) : resolve(around.cwd, given);
  const theirs = await readContexts(source);
  if (theirs === undefined) {
    throw new CliError(`Expected the contexts of quick-cli in ${source}, found no such file.`, {
      code: 'NOT_FOUND',
      exitCode: EXIT.notFound,
      hint: 'Name its file: quick context import FILE',
    });
  }
  const path = configPath(around);
  const ours = await readContexts(path);
  const kept = new Set(
    Object.keys(theirs.contexts).filter((name) => ours?.contexts[name] !== undefined),
  );
  const currentContext = ours?.currentContext ?? theirs.currentContext;
  await writeContexts(path, {
    currentContext,
    contexts: { ...theirs.contexts, ...ours?.contexts },
  });
  for (const name of Object.keys(theirs.contexts)) {
    around.stdout.write(`context/${name} ${kept.has(name) ? 'unchanged' : 'created'}\n`);
  }
  around.stderr.write(`The active context is ${currentContext ?? 'none'}.\n`);
  return undefined;
};
