import { configDefaults, defineConfig } from 'vitest/config';

/** Starts a real Kafka for the run, or takes the one that TEST_KAFKA names. */
const broker = ['packages/testkit/src/broker-global-setup.ts'];

const testsOfTheWholeTree = ['tests/**'];

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
          include: [
            '{packages,services,examples,benches,scripts}/**/*.test.ts',
            'tests/repo/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, '**/*.kafka.test.ts'],
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'kafka',
          include: ['**/*.kafka.test.ts'],
          exclude: [...configDefaults.exclude, ...testsOfTheWholeTree],
          globalSetup: broker,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'fault',
          include: ['tests/fault/**/*.test.ts'],
          globalSetup: broker,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/{e2e,compat}/**/*.test.ts'],
          globalSetup: broker,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
