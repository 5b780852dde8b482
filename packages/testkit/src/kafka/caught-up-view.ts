import { pause } from '@quicksilver/common/flow/deadline';
import type { RecordSource } from '@quicksilver/kafka/ports';

const LOOK_MS = 2;

/**
 * The source of a view that follows one topic with one partition, and a second source for the end
 * of the topic. So a test can wait until the view has all current records of the topic.
 */
export class CaughtUpView implements AsyncDisposable {
  /** For the view, which closes it. */
  readonly source: RecordSource;
  readonly #topic: string;
  readonly #ends: RecordSource;
  /** The first offset that the view has not taken. */
  #next = -1n;

  constructor(topic: string, openSource: () => RecordSource) {
    const source = openSource();
    this.#topic = topic;
    this.#ends = openSource();
    this.source = {
      // A fetch of this offset shows that the view has taken all earlier records.
      fetch: (positions, options) => {
        this.#next = positions[0]?.offset ?? this.#next;
        return source.fetch(positions, options);
      },
      describe: (name, signal) => source.describe(name, signal),
      offsets: (name, which, signal) => source.offsets(name, which, signal),
      close: () => source.close(),
    };
  }

  /** Resolves when the view has all records that the topic had at the time of the call. */
  async untilCaughtUp(signal: AbortSignal): Promise<void> {
    const end = (await this.#ends.offsets(this.#topic, 'latest', signal)).get(0) ?? 0n;
    while (this.#next < end) {
      signal.throwIfAborted();
      await pause(LOOK_MS, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.close();
  }
}
