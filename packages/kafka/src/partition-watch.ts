import type { RecordSource, TopicDescription } from './ports.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 1_000;

/** Notices partitions that are added to a topic while it is followed. */
export class PartitionWatch {
  readonly #source: RecordSource;
  readonly #topic: string;
  /** Of the topic that is followed; undefined before the first look. */
  #topicId: string | undefined;
  #lookedMs = performance.now();

  constructor(source: RecordSource, topic: string, topicId?: string) {
    this.#source = source;
    this.#topic = topic;
    this.#topicId = topicId;
  }

  /**
   * Puts partitions that are missing into the map, from their first record on. Asks Kafka at most once
   * a second. Rejects as `describe`.
   */
  async addTo(positions: Map<number, bigint>, signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#lookedMs < LOOK_MS) {
      return;
    }
    this.#lookedMs = performance.now();
    const described = await this.describe(signal);
    for (let partition = 0; partition < (described?.partitions ?? 0); partition += 1) {
      if (!positions.has(partition)) {
        positions.set(partition, 0n);
      }
    }
  }

  /** Undefined if the topic is not there, or if it is another one of the same name. */
  async describe(signal: AbortSignal): Promise<TopicDescription | undefined> {
    const described = await this.#source.describe(this.#topic, signal);
    this.#topicId ??= described?.topicId;
    return described?.topicId === this.#topicId ? described : undefined;
  }
}
