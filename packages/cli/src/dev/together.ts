import type { Part, Run } from '@quicksilver/common/lifecycle/part';

/** Several parts that do not need each other, as one: started, drained and stopped side by side. */
export function together(name: string, parts: readonly Part[]): Part {
  return {
    name,
    async start(run: Run): Promise<void> {
      await settleAll(parts.map((part) => part.start(run)));
    },
    async drain(deadline: AbortSignal): Promise<void> {
      await settleAll(parts.map(async (part) => part.drain?.(deadline)));
    },
    async stop(): Promise<void> {
      await settleAll(parts.map((part) => part.stop()));
    },
  };
}

/** Waits for all of them, also when one fails: nothing may go on behind a stop. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected') {
      throw outcome.reason;
    }
  }
}
