import type { RecordSource, TopicDescription } from './ports.ts';

const INTERVAL_MS = 1_000;

/** Detects partitions that are added to a topic while it is followed. */
export class PartitionWatch {
  readonly #source: RecordSource;
  readonly #topic: string;
  /** Undefined before the first check. */
  #topicId: string | undefined;
  #checkedMs = performance.now();

  constructor(source: RecordSource, topic: string, topicId?: string) {
    this.#source = source;
    this.#topic = topic;
    this.#topicId = topicId;
  }

  /**
   * Adds missing partitions to the map, from their first record on. Sends at most one request per
   * second. Rejects as `describe`.
   */
  async addTo(positions: Map<number, bigint>, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#checkedMs < INTERVAL_MS) {
      return;
    }
    this.#checkedMs = performance.now();
    const described = await this.describe(signal);
    for (let partition = 0; partition < (described?.partitions ?? 0); partition += 1) {
      if (!positions.has(partition)) {
        positions.set(partition, 0n);
      }
    }
  }

  /** Undefined if the topic does not exist or was recreated. */
  async describe(signal: AbortSignal): Promise<TopicDescription | undefined> {
    const described = await this.#source.describe(this.#topic, signal);
    this.#topicId ??= described?.topicId;
    return described?.topicId === this.#topicId ? described : undefined;
  }
}
