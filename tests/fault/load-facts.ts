import { eventually } from '@quicksilver/testkit/eventually';
import type { History, Outcome } from '@quicksilver/testkit/history';

const DEADLINE_MS = 40_000;

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

/** Milliseconds of the slowest answer. */
export function slowestMs(history: History): number {
  return Math.max(0, ...history.operations.map((operation) => operation.latencyMs));
}
