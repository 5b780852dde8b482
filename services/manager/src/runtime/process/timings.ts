/** Milliseconds and counts of supervision; tests hand in shorter ones. */
export interface Timings {
  /** Between two questions for readiness until a replica is ready for the first time, and after. */
  readonly askStartingMs: number;
  readonly askReadyMs: number;
  /** Until an unanswered question counts as not ready. */
  readonly askDeadlineMs: number;
  /** A program that cannot be asked counts as ready once it has run for so long. */
  readonly settleMs: number;
  /** A replica that was ready for so long has its crashes forgiven. */
  readonly healthyMs: number;
  readonly restartFirstMs: number;
  readonly restartMaxMs: number;
  /** Crashes in a row after which it counts as failed; it is still started again. */
  readonly crashesMax: number;
  /** Between SIGTERM and SIGKILL. */
  readonly drainMs: number;
  /** While replicas are replaced: how long one may take until ready before the next has its turn. */
  readonly replaceMs: number;
}

export const TIMINGS: Timings = {
  askStartingMs: 100,
  askReadyMs: 2_000,
  askDeadlineMs: 2_000,
  settleMs: 1_000,
  healthyMs: 10_000,
  restartFirstMs: 200,
  restartMaxMs: 10_000,
  crashesMax: 5,
  // More than the ten seconds that services take at most.
  drainMs: 15_000,
  replaceMs: 60_000,
};
