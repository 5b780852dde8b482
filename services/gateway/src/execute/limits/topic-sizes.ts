import type { TopicCounts } from '@quicksilver/contracts/mirror-api/size-counts';

export interface TopicSizesOptions {
  /** Reads the size of a topic from its mirror. Rejects if it is not available. */
  readonly read: (topic: string) => Promise<TopicCounts>;
  /** Milliseconds after which a size is read again, when it is needed. */
  readonly refreshMs: number;
}

interface KnownSize {
  readonly sinceMs: number;
  /** Undefined if it was never read. */
  readonly size: TopicCounts | undefined;
}

/** The most reads at a time. */
const READS_MAX = 4;
/** The least milliseconds between two reads of one topic, if the first one fails. */
const RETRY_MS = 1_000;

/**
 * The sizes of topics for estimates. A size is read in the background: when a schema begins to use
 * its topic, and later when an estimate needs one that is old. Without estimates nothing is read.
 */
export class TopicSizes {
  readonly #options: TopicSizesOptions;
  readonly #known = new Map<string, KnownSize>();
  readonly #waiting = new Set<string>();
  readonly #reading = new Set<string>();

  constructor(options: TopicSizesOptions) {
    this.#options = options;
  }

  /** The last size. Undefined if it is not known. */
  sizeOf(topic: string): TopicCounts | undefined {
    const known = this.#known.get(topic);
    const validMs = known?.size === undefined ? RETRY_MS : this.#options.refreshMs;
    if (known === undefined || performance.now() - known.sinceMs > validMs) {
      this.refresh(topic);
    }
    return known?.size;
  }

  /** All known sizes, by topic. */
  sizes(): ReadonlyMap<string, TopicCounts> {
    return new Map(
      [...this.#known].flatMap(([topic, { size }]) => (size === undefined ? [] : [[topic, size]])),
    );
  }

  /** Forgets all other topics. */
  keep(topics: ReadonlySet<string>): void {
    for (const topic of this.#known.keys()) {
      if (!topics.has(topic)) {
        this.#known.delete(topic);
      }
    }
  }

  /** Reads the size in the background. */
  refresh(topic: string): void {
    if (!this.#reading.has(topic)) {
      this.#waiting.add(topic);
      this.#readNext();
    }
  }

  #readNext(): void {
    const [topic] = this.#waiting;
    if (topic === undefined || this.#reading.size >= READS_MAX) {
      return;
    }
    this.#waiting.delete(topic);
    this.#reading.add(topic);
    void this.#read(topic).finally(() => {
      this.#reading.delete(topic);
      this.#readNext();
    });
  }

  async #read(topic: string): Promise<void> {
    let size: TopicCounts | undefined;
    try {
      size = await this.#options.read(topic);
    } catch {
      // Without a new size, the estimate uses the last one or the default. Reads of the topic
      // itself report why its mirror fails.
      size = this.#known.get(topic)?.size;
    }
    this.#known.set(topic, { sinceMs: performance.now(), size });
  }
}
