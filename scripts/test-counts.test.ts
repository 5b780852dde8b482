import { expect, test } from 'vitest';

import { countReport, sum, summaryOf } from './test-counts.ts';

const FINE = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
};

const count = (change: Partial<typeof FINE>, exitCode = 0) =>
  countReport(JSON.stringify({ ...FINE, ...change }), exitCode);

test('passed and failed tests are counted as vitest reports them', () => {
  expect(count({})).toEqual({ passed: 3, failed: 0 });
  expect(count({ numFailedTests: 2 }, 1)).toEqual({ passed: 3, failed: 2 });
});

test('a skipped test counts as failed', () => {
  expect(count({ numPendingTests: 1, numTodoTests: 1 })).toEqual({ passed: 3, failed: 2 });
});

test('a test file that cannot be loaded counts as failed', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(count({ testResults }, 1)).toEqual({ passed: 3, failed: 1 });
});

test('a run that crashes after its last test, runs nothing or reports nothing has failed', () => {
  expect(count({}, 1)).toEqual({ passed: 3, failed: 1 });
  expect(count({ numPassedTests: 0, testResults: [] })).toEqual({ passed: 0, failed: 1 });
  expect(countReport(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  expect(countReport('{"cut', 0)).toEqual({ passed: 0, failed: 1 });
});

test('the last line is the sum of everything', () => {
  const total = sum([
    { passed: 3, failed: 0 },
    { passed: 1, failed: 2 },
  ]);
  expect(summaryOf(total)).toBe('4 passed, 2 failed');
});
