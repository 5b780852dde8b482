import { CHECK_STEPS, FIX_STEPS, UNIT } from './check-steps.ts';
import { runStep, say, type StepContext } from './step.ts';
import { type Counts, sum } from './test-counts.ts';
import { runVitest } from './vitest-run.ts';

export interface CheckOptions {
  readonly context: StepContext;
  /** Names of the steps to run, or their first words; empty for all. */
  readonly only?: readonly string[];
  readonly isFixing?: boolean;
}

export interface CheckResult {
  /** A step counts as one; the unit tests count one by one. */
  readonly counts: Counts;
  readonly failedNames: readonly string[];
}

const UNIT_DEADLINE_MS = 15 * 60_000;

/** Runs the steps side by side and says a line about each when it ends. */
export async function runChecks(options: CheckOptions): Promise<CheckResult> {
  const { context, only = [] } = options;
  const names = [...CHECK_STEPS.map(({ name }) => name), UNIT];
  const unknown = only.find((word) => !names.some((name) => name.startsWith(word)));
  if (unknown !== undefined) {
    say(`There is no check '${unknown}'; the checks are: ${names.join(', ')}.`);
    return { counts: { passed: 0, failed: 1 }, failedNames: [unknown] };
  }
  const isWanted = (name: string): boolean =>
    only.length === 0 || only.some((word) => name.startsWith(word));
  if (options.isFixing === true) {
    for (const step of FIX_STEPS) {
      await runStep(step, context);
    }
  }
  const running = CHECK_STEPS.filter(({ name }) => isWanted(name)).map(async (step) => {
    const { isOk } = await runStep(step, context);
    return { name: step.name, counts: isOk ? ONE_PASSED : ONE_FAILED };
  });
  if (isWanted(UNIT)) {
    running.push(runUnitTests(context));
  }
  const results = await Promise.all(running);
  return {
    counts: sum(results.map(({ counts }) => counts)),
    failedNames: results.filter(({ counts }) => counts.failed > 0).map(({ name }) => name),
  };
}

const ONE_PASSED: Counts = { passed: 1, failed: 0 };
const ONE_FAILED: Counts = { passed: 0, failed: 1 };

async function runUnitTests(context: StepContext): Promise<{ name: string; counts: Counts }> {
  const run = { name: UNIT, projects: ['unit'], deadlineMs: UNIT_DEADLINE_MS, isLive: false };
  const counts = await runVitest(run, context);
  return { name: UNIT, counts };
}
