/** How many tests and steps passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts one run of vitest. A run that says nothing, runs nothing or skips something has failed,
 * and so has one whose exit code says so although every single test passed.
 *
 * @param json the JSON report, or `undefined` if vitest wrote none
 */
export function countReport(json: string | undefined, exitCode: number): Counts {
  const report = json === undefined ? undefined : parseReport(json);
  if (report === undefined) {
    return { passed: 0, failed: 1 };
  }
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + skipped + filesThatDidNotRun(report);
  const isBroken = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: isBroken ? 1 : failed };
}

export function sum(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((total, { passed }) => total + passed, 0),
    failed: all.reduce((total, { failed }) => total + failed, 0),
  };
}

/** The last line of `npm test`. */
export function summaryOf({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}

/** A file that cannot be loaded fails without a failed test in it. */
function filesThatDidNotRun(report: Report): number {
  return report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
}

function parseReport(json: string): Report | undefined {
  try {
    return JSON.parse(json) as Report;
  } catch {
    return undefined;
  }
}
