// `npm run check`: format, lint, types and unit tests. `-- --fix` repairs first what can be
// repaired; names of steps run only these: `npm run check -- lint types`.
import { resolve } from 'node:path';

import { runChecks } from './run-checks.ts';
import { say } from './step.ts';

const ROOT = resolve(import.meta.dirname, '..');

const words = process.argv.slice(2);
const { failedNames } = await runChecks({
  place: { root: ROOT, env: process.env },
  only: words.filter((word) => word !== '--fix'),
  isFixing: words.includes('--fix'),
});
if (failedNames.length > 0) {
  say(`check failed: ${failedNames.join(', ')}`);
  process.exitCode = 1;
}
