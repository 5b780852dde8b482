import { resolve } from 'node:path';

import {
  bakdataConfigPath,
  configPath,
  readContexts,
  writeContexts,
} from '../../context/config-file.ts';
import type { RunCommand } from '../../grammar/command-call.ts';
import { CliError, EXIT } from '../../output/cli-error.ts';

export const run: RunCommand = async ({ args: [file = 'quick'], around }) => {
  const source = file === 'quick' ? bakdataConfigPath(around) : resolve(around.cwd, file);
  const imported = await readContexts(source);
  if (imported === undefined) {
    throw new CliError(`There are no contexts of quick-cli in ${source}.`, {
      code: 'NOT_FOUND',
      exitCode: EXIT.notFound,
      hint: 'To read another file, run: quick context import FILE',
    });
  }
  const path = configPath(around);
  const existing = await readContexts(path);
  const currentContext = existing?.currentContext ?? imported.currentContext;
  await writeContexts(path, {
    currentContext,
    contexts: { ...imported.contexts, ...existing?.contexts },
  });
  for (const name of Object.keys(imported.contexts)) {
    const isNew = existing?.contexts[name] === undefined;
    around.stdout.write(`context/${name} ${isNew ? 'created' : 'unchanged'}\n`);
  }
  around.stderr.write(`The active context is ${currentContext ?? 'none'}.\n`);
  return undefined;
};
