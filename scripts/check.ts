// `npm run check`: format, lint, types, words and unit tests. `-- --fix` first repairs what can be
// repaired. Names of steps run only these: `npm run check -- lint types`. The step `words` has
// options of its own, such as `npm run check -- words --print`.
import { resolve } from 'node:path';

import { runChecks } from './run-checks.ts';
import { say } from './step.ts';
import { runWords } from './words/words-command.ts';

const ROOT = resolve(import.meta.dirname, '..');

const args = process.argv.slice(2);
if (args[0] === 'words' && args.length > 1) {
  say(runWords(args.slice(1)).output);
} else {
  const { failedNames } = await runChecks({
    context: { root: ROOT, env: process.env },
    only: args.filter((arg) => arg !== '--fix'),
    isFixing: args.includes('--fix'),
  });
  if (failedNames.length > 0) {
    say(`check failed: ${failedNames.join(', ')}`);
    process.exitCode = 1;
  }
}
