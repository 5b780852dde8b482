import { AppError } from '@quicksilver/common/errors/app-error';
import { CompactedView } from '@quicksilver/kafka/compacted-view';
import type { RecordSource } from '@quicksilver/kafka/ports';
import { Listeners } from '@quicksilver/common/flow/listeners';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import {
  assertUserTopic,
  formerRegistryOf,
  parseTopicEntry,
  type TopicEntry,
} from './topic-entry.ts';

export interface TopicRegistryOptions {
  /** The registry takes ownership of the source and closes it. */
  readonly source: RecordSource;
  /** Name of the registry topic. */
  readonly topic: string;
  readonly log: Log;
}

/**
 * An in-memory view of the metadata of all topics; see `CompactedView`. So a service knows the
 * types of topics even if no other service is up.
 */
export class TopicRegistry implements Part {
  readonly name = 'topic registry';
  readonly #view: CompactedView;
  readonly #log: Log;
  readonly #entries = new Map<string, TopicEntry>();
  readonly #changes = new Listeners<[name: string]>();

  constructor(options: TopicRegistryOptions) {
    this.#log = options.log;
    this.#view = new CompactedView({
      ...options,
      formerTopic: formerRegistryOf(options.topic),
      onRecord: (name, value, offset) => this.#apply(name, value, offset),
    });
  }

  get isCaughtUp(): boolean {
    return this.#view.isCaughtUp;
  }

  start(context: PartContext): Promise<void> {
    return this.#view.start(context);
  }

  stop(): Promise<void> {
    return this.#view.stop();
  }

  notReady(): string | undefined {
    const why = this.#view.notReady();
    return why && `the topic registry is not available: ${why}`;
  }

  get(name: string): TopicEntry | undefined {
    return this.#entries.get(name);
  }

  list(): readonly TopicEntry[] {
    return [...this.#entries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The entry of a user's topic. Throws `AppError`: INTERNAL_TOPIC, TOPIC_NOT_FOUND, or
   * KAFKA_UNAVAILABLE until the registry has been read for the first time.
   */
  require(name: string): TopicEntry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      return entry;
    }
    assertUserTopic(name);
    if (!this.isCaughtUp) {
      throw new AppError(
        'KAFKA_UNAVAILABLE',
        `Topic ${name} cannot be looked up yet: ${this.notReady() ?? ''}. Retry later.`,
      );
    }
    throw new AppError('TOPIC_NOT_FOUND', `Topic ${name} does not exist.`);
  }

  /**
   * Calls the listener with the name after each change. Returns a function that removes the
   * listener.
   */
  onChange(listener: (name: string) => void): () => void {
    return this.#changes.add(listener);
  }

  #apply(name: string, value: Buffer | null, offset: bigint): void {
    if (value === null) {
      this.#entries.delete(name);
    } else {
      const entry = parseTopicEntry(value);
      if (entry === undefined || entry.name !== name) {
        // A newer form or garbage: the last valid entry stays.
        const fields = { topic: name, offset: String(offset) };
        this.#log.error(fields, 'an entry of the topic registry is invalid');
        return;
      }
      this.#entries.set(name, entry);
    }
    this.#changes.notify(name);
  }
}
