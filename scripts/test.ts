// `npm test`: every check and every test. `npm test -- tests/e2e/some.test.ts` runs these files
// only. The last line is always `N passed, N failed`.
import { resolve } from 'node:path';

import { preflight } from './preflight.ts';
import { runChecks } from './run-checks.ts';
import { say, type StepContext } from './step.ts';
import { type Counts, sum, summaryOf } from './test-counts.ts';
import { runVitest } from './vitest-run.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DEADLINE_MS = 60 * 60_000;

const counts = await runEverything(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { passed: 0, failed: 1 };
});
process.exitCode = counts.failed === 0 ? 0 : 1;
say(summaryOf(counts));

async function runEverything(args: readonly string[]): Promise<Counts> {
  const context = { root: ROOT, env: process.env };
  const problem = await preflight(process.env);
  if (problem !== undefined) {
    say(problem);
    return { passed: 0, failed: 1 };
  }
  return args.length > 0 ? await runSelected(args, context) : await runAll(context);
}

async function runAll(context: StepContext): Promise<Counts> {
  const checks = await runChecks({ context });
  const tests = await runVitest(
    {
      name: 'tests with a broker: kafka, fault, e2e',
      projects: ['kafka', 'fault', 'e2e'],
      deadlineMs: DEADLINE_MS,
      isLive: true,
    },
    context,
  );
  if (checks.failedNames.length > 0) {
    say(`check failed: ${checks.failedNames.join(', ')} (see above)`);
  }
  return sum([checks.counts, tests]);
}

async function runSelected(args: readonly string[], context: StepContext): Promise<Counts> {
  const name = 'selected tests';
  return await runVitest(
    { name, projects: [], args, deadlineMs: DEADLINE_MS, isLive: true },
    context,
  );
}
