/** Intervals in milliseconds and limits of supervision. Tests use shorter ones. */
export interface Timings {
  /** Interval of readiness checks before a replica is ready for the first time, and after. */
  readonly askStartingMs: number;
  readonly askReadyMs: number;
  /** Deadline of a readiness check. */
  readonly askDeadlineMs: number;
  /** A service that answered before and is silent for so long hangs, and is restarted. */
  readonly silentMaxMs: number;
  /** A program without a readiness check counts as ready after it has run this long. */
  readonly settleMs: number;
  /** After being ready this long, the crash count of a replica is reset. */
  readonly healthyMs: number;
  readonly restartFirstMs: number;
  readonly restartMaxMs: number;
  /** Consecutive crashes after which a replica counts as failed. It is still restarted. */
  readonly crashesMax: number;
  /** Between SIGTERM and SIGKILL. */
  readonly drainMs: number;
  /**
   * During a rolling replacement: how long to wait for a replica before the next one is replaced.
   */
  readonly replaceMs: number;
}

export const TIMINGS: Timings = {
  askStartingMs: 100,
  askReadyMs: 2_000,
  askDeadlineMs: 2_000,
  // A busy machine may leave a service without CPU time for some seconds.
  silentMaxMs: 10_000,
  settleMs: 1_000,
  healthyMs: 10_000,
  restartFirstMs: 200,
  restartMaxMs: 10_000,
  crashesMax: 5,
  // More than the ten seconds that services take at most.
  drainMs: 15_000,
  replaceMs: 60_000,
};
