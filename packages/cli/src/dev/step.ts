import type { Part, Run } from '@quicksilver/common/lifecycle/part';

/** A part that has nothing to stop. A stop in the middle of it is no failure. */
export function step(name: string, work: (run: Run) => Promise<void>): Part {
  return {
    name,
    start: async (run) => {
      try {
        await work(run);
      } catch (error) {
        if (!run.signal.aborted) {
          throw error;
        }
      }
    },
    stop: () => Promise.resolve(),
  };
}
