import type { RunCommand } from '../grammar/command-call.ts';
import { completionScript, SHELLS } from '../grammar/completion-script.ts';
import { usageError } from '../output/cli-error.ts';
import { didYouMean } from '../output/suggest.ts';

export const run: RunCommand = async ({ args: [word = ''], around, rows }) => {
  const shell = SHELLS.find((each) => each === word);
  if (shell === undefined) {
    throw usageError(`Expected ${SHELLS.join(', ')}, found "${word}".${didYouMean(word, SHELLS)}`);
  }
  around.stdout.write(completionScript(shell, rows));
  return undefined;
};
