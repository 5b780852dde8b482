/** Whether a topic serves all partitions of this replica. */
export interface TopicReadiness {
  /** Why it does not serve. Empty if it does. */
  readonly reasons: readonly string[];
  /** Whether it is being opened or restored, and nothing is known to prevent that. */
  readonly isPending: boolean;
}

/**
 * Whether a process with several topics is ready. One topic with a problem must not stop the
 * others, so the process
 *
 * - becomes ready when no topic is being opened or restored without a problem,
 * - stays ready from then on,
 * - and is not ready while no topic serves.
 */
export class Readiness {
  #wasReady = false;

  /** The reasons of all topics if the process is not ready. */
  notReady(topics: readonly TopicReadiness[]): string | undefined {
    const serves = topics.length === 0 || topics.some(({ reasons }) => reasons.length === 0);
    const isPending = !this.#wasReady && topics.some((topic) => topic.isPending);
    if (serves && !isPending) {
      this.#wasReady = true;
      return undefined;
    }
    return topics.flatMap(({ reasons }) => reasons).join('\n');
  }
}
