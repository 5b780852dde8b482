import { AppError } from '@quicksilver/common/errors/app-error';
import { CompactedView } from '@quicksilver/kafka/compacted-view';
import type { RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, Run } from '@quicksilver/common/lifecycle/part';
import { assertUserTopic, parseTopicEntry, type TopicEntry } from './topic-entry.ts';

export interface TopicRegistryOptions {
  /** Owned by the registry from here on, which closes it. */
  readonly source: RecordSource;
  /** Name of the registry topic. */
  readonly topic: string;
  readonly log: Log;
}

/**
 * All topics' metadata, in memory, as the registry topic has it; see `CompactedView`. So no service
 * needs another one to be up to know the types.
 */
export class TopicRegistry implements Part {
  readonly name = 'topic registry';
  readonly #view: CompactedView;
  readonly #log: Log;
  readonly #entries = new Map<string, TopicEntry>();
  readonly #listeners = new Set<(name: string) => void>();

  constructor(options: TopicRegistryOptions) {
    this.#log = options.log;
    this.#view = new CompactedView({
      ...options,
      onRecord: (name, value, offset) => this.#apply(name, value, offset),
    });
  }

  get isCaughtUp(): boolean {
    return this.#view.isCaughtUp;
  }

  start(run: Run): Promise<void> {
    return this.#view.start(run);
  }

  stop(): Promise<void> {
    return this.#view.stop();
  }

  notReady(): string | undefined {
    const why = this.#view.notReady();
    return why && `the topic registry is not known: ${why}`;
  }

  get(name: string): TopicEntry | undefined {
    return this.#entries.get(name);
  }

  list(): readonly TopicEntry[] {
    return [...this.#entries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The entry of a topic that users may name. Throws `AppError`: INTERNAL_TOPIC, TOPIC_NOT_FOUND, or
   * KAFKA_UNAVAILABLE while the registry has not been read, for then nobody knows.
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
        `It is not known yet whether topic ${name} exists: ${this.notReady() ?? ''}. Try again.`,
      );
    }
    throw new AppError('TOPIC_NOT_FOUND', `Topic ${name} does not exist.`);
  }

  /** Calls back with the name after each change; the returned function ends that. */
  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #apply(name: string, value: Buffer | null, offset: bigint): void {
    if (value === null) {
      this.#entries.delete(name);
    } else {
      const entry = parseTopicEntry(value);
      if (entry === undefined || entry.name !== name) {
        // A newer form or garbage: the last entry that could be read stays in force.
        const fields = { topic: name, offset: String(offset) };
        this.#log.error(fields, 'an entry of the topic registry cannot be read');
        return;
      }
      this.#entries.set(name, entry);
    }
    for (const listener of this.#listeners) {
      listener(name);
    }
  }
}
