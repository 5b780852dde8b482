import { describe } from 'vitest';

import { testChanges } from './conformance-changes.ts';
import { testFailures } from './conformance-failures.ts';
import { testOwners } from './conformance-owners.ts';
import { testRunning } from './conformance-running.ts';
import type { RuntimeBench } from './runtime-bench.ts';

/**
 * What every implementation of the runtime port must do, with small real programs as its workloads.
 * Called from a test file of the implementation.
 */
export function registerRuntimeConformance(
  name: string,
  createBench: () => Promise<RuntimeBench>,
): void {
  // A busy machine may take its time over starting programs.
  describe(`the runtime port over ${name}`, { timeout: 240_000 }, () => {
    describe('running', () => {
      testRunning(createBench);
    });
    describe('changes', () => {
      testChanges(createBench);
    });
    describe('failures', () => {
      testFailures(createBench);
    });
    describe('one manager after the other', () => {
      testOwners(createBench);
    });
  });
}
