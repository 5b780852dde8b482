import { eventually } from '@quicksilver/testkit/eventually';
import type { History, Operation, Outcome } from '@quicksilver/testkit/history';

const DEADLINE_MS = 90_000;

const SHORTLY_MS = 1_000;

/** Waits until the history has so many more operations of an outcome. */
export async function untilMore(
  history: History,
  outcome: Outcome,
  more: number,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const target = history.count(outcome) + more;
  await eventually(() => {
    const count = history.count(outcome);
    if (count < target) {
      throw new Error(
        `${target} operations that are ${outcome} are waited for, ${count} are there`,
      );
    }
  }, deadlineMs);
}

/** Milliseconds of the slowest answer, without those in which its client stood still. */
export function slowestMs(history: History): number {
  return Math.max(
    0,
    ...history.operations.map(({ invokedMs, latencyMs }) => {
      const stoodMs = history.standstills
        .map(
          ({ fromMs, toMs }) => Math.min(toMs, invokedMs + latencyMs) - Math.max(fromMs, invokedMs),
        )
        .reduce((sum, ms) => sum + Math.max(0, ms), 0);
      return latencyMs - stoodMs;
    }),
  );
}

/** Whether its client had stood still so long shortly before it, or while it went on. */
export function followsStandstill(
  history: History,
  { invokedMs, latencyMs }: Operation,
  ofMs: number,
): boolean {
  return history.standstills.some(
    ({ fromMs, toMs }) =>
      toMs - fromMs >= ofMs && fromMs < invokedMs + latencyMs && toMs > invokedMs - SHORTLY_MS,
  );
}
