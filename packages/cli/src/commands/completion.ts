import { completionScript, SHELLS } from '../grammar/completion-script.ts';
import { didYouMean } from '../output/suggest.ts';
import { usageError } from '../output/cli-error.ts';
import type { RunCommand } from '../grammar/command-call.ts';

export const run: RunCommand = async ({ args: [shell = ''], around, rows }) => {
  const known = SHELLS.find((each) => each === shell);
  if (known === undefined) {
    throw usageError(
      `Expected ${SHELLS.join(', ')}, found "${shell}".${didYouMean(shell, SHELLS)}`,
    );
  }
  around.stdout.write(completionScript(known, rows));
  return undefined;
};
