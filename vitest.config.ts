import { configDefaults, defineConfig } from 'vitest/config';

import { LongestFirst } from './scripts/test-order.ts';

/** Starts a real Kafka for the run, or takes the one that TEST_KAFKA names. */
const broker = ['packages/testkit/src/kafka/broker-global-setup.ts'];

/** The limit of `expect.poll`, by default a second: for tests that hang, not for slow ones. */
const poll = { timeout: 20_000 };

/** After this a test with real processes hangs: ten times the time of the slowest one. */
const HANGS_MS = 600_000;

const testsOfTheWholeTree = ['tests/**'];

/**
 * The package graphql contains two copies of itself. Vite would give our files another copy than
 * Node gives to libraries, and each rejects the schemas of the other.
 */
const oneGraphql = [{ find: /^graphql$/, replacement: 'graphql/index.js' }];

/**
 * One group, so that files of one project run beside the last file of another one.
 */
const withBroker = {
  alias: oneGraphql,
  globalSetup: broker,
  expect: { poll },
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
};

/**
 * A file's name and place say which project it belongs to; `tests/repo/tree.test.ts` proves that
 * every test file belongs to exactly one.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          alias: oneGraphql,
          include: [
            '{packages,services,examples,benches,scripts}/**/*.test.ts',
            'tests/repo/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, '**/*.kafka.test.ts'],
          // What many files import is loaded once for all of them: that is half of the time.
          isolate: false,
          maxWorkers: 2,
          // For tests that hang: a test of milliseconds takes seconds on a busy machine.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: { poll },
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...withBroker,
          name: 'kafka',
          include: ['**/*.kafka.test.ts'],
          exclude: [...configDefaults.exclude, ...testsOfTheWholeTree],
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...withBroker,
          name: 'fault',
          include: ['tests/fault/**/*.test.ts'],
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
      {
        test: {
          ...withBroker,
          name: 'e2e',
          include: ['tests/{e2e,compat}/**/*.test.ts'],
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
    ],
  },
});
