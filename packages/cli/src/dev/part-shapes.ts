import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';

/** A part with nothing to stop. An abort while it starts is no failure. */
export function step(name: string, work: (context: PartContext) => Promise<void>): Part {
  return {
    name,
    start: async (context) => {
      try {
        await work(context);
      } catch (error) {
        if (!context.signal.aborted) {
          throw error;
        }
      }
    },
    stop: () => Promise.resolve(),
  };
}

/** One part for several that do not need each other: they start, drain and stop concurrently. */
export function parallelPart(name: string, parts: readonly Part[]): Part {
  return {
    name,
    async start(context: PartContext): Promise<void> {
      await settleAll(parts.map((part) => part.start(context)));
    },
    async drain(deadline: AbortSignal): Promise<void> {
      await settleAll(parts.map(async (part) => part.drain?.(deadline)));
    },
    async stop(): Promise<void> {
      await settleAll(parts.map((part) => part.stop()));
    },
  };
}

/** Waits for all of them even if one fails, so that no work continues after a stop. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected') {
      throw outcome.reason;
    }
  }
}
