import { configDefaults, defineConfig } from 'vitest/config';

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
 * A file's name and place say which project it belongs to; `tests/repo/tree.test.ts` proves that
 * every test file belongs to exactly one. The groups run one after the other.
 */
export default defineConfig({
  test: {
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
          name: 'kafka',
          alias: oneGraphql,
          include: ['**/*.kafka.test.ts'],
          exclude: [...configDefaults.exclude, ...testsOfTheWholeTree],
          globalSetup: broker,
          testTimeout: 90_000,
          hookTimeout: 120_000,
          expect: { poll },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'fault',
          alias: oneGraphql,
          include: ['tests/fault/**/*.test.ts'],
          globalSetup: broker,
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
          expect: { poll },
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          alias: oneGraphql,
          include: ['tests/{e2e,compat}/**/*.test.ts'],
          globalSetup: broker,
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
          expect: { poll },
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
