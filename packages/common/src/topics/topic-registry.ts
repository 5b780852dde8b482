import { AppError } from '../errors/app-error.ts';
import { describeError } from '../errors/describe.ts';
import { Backoff } from '../flow/backoff.ts';
import { pause } from '../flow/deadline.ts';
import type { KafkaRecord, RecordSource } from '../kafka/ports.ts';
import type { Log } from '../lifecycle/log.ts';
import type { Part, Run } from '../lifecycle/part.ts';
import { assertUserTopic, parseTopicEntry, type TopicEntry } from './topic-entry.ts';

export interface TopicRegistryOptions {
  /** Owned by the registry from here on, which closes it. */
  readonly source: RecordSource;
  /** Name of the registry topic. */
  readonly topic: string;
  readonly log: Log;
}

const PARTITION = 0;
const FETCH = { maxWaitMs: 500, maxBytesPerPartition: 1_048_576 };

/**
 * All topics' metadata, in memory, as the registry topic has it. Follows the topic without an end,
 * so no service needs another one to be up to know the types. `start` returns at once: a broker or
 * a registry topic that is not there yet is waited for, and `notReady` says so.
 */
export class TopicRegistry implements Part {
  readonly name = 'topic registry';
  readonly #options: TopicRegistryOptions;
  readonly #entries = new Map<string, TopicEntry>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #stopping = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #nextOffset = 0n;
  #topicId: string | undefined;
  #caughtUp = false;
  #problem = 'has not been read yet';

  constructor(options: TopicRegistryOptions) {
    this.#options = options;
  }

  get isCaughtUp(): boolean {
    return this.#caughtUp;
  }

  async start(run: Run): Promise<void> {
    this.#following = this.#follow(AbortSignal.any([run.signal, this.#stopping.signal]));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    await this.#options.source.close();
  }

  notReady(): string | undefined {
    return this.#caughtUp
      ? undefined
      : `the registry topic ${this.#options.topic} ${this.#problem}`;
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
    if (!this.#caughtUp) {
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

  async #follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
    while (!signal.aborted) {
      try {
        if (await this.#step(signal)) {
          backoff.reset();
          continue;
        }
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        this.#problem = `cannot be read: ${describeError(error)}`;
        if (backoff.attempts === 0) {
          this.#options.log.warn({ err: error }, 'the topic registry cannot be read, trying again');
        }
      }
      await pause(backoff.next(), signal);
    }
  }

  /** Reads once; false where a pause is due before the next read. */
  async #step(signal: AbortSignal): Promise<boolean> {
    const { source, topic } = this.#options;
    if (this.#topicId === undefined) {
      const described = await source.describe(topic, signal);
      if (described === undefined) {
        this.#problem = 'does not exist yet';
        return false;
      }
      this.#topicId = described.topicId;
      this.#nextOffset = (await source.offsets(topic, 'earliest', signal)).get(PARTITION) ?? 0n;
    }
    const position = { topic, partition: PARTITION, offset: this.#nextOffset };
    const [fetched] = await source.fetch([position], { ...FETCH, signal });
    if (fetched === undefined) {
      return false;
    }
    if (fetched.failure !== undefined) {
      this.#failed(fetched.failure.reason, fetched.failure.detail);
      return false;
    }
    for (const record of fetched.records) {
      this.#apply(record);
    }
    this.#nextOffset = fetched.nextOffset;
    if (!this.#caughtUp && fetched.nextOffset >= fetched.endOffset) {
      this.#caughtUp = true;
      this.#options.log.info({ topics: this.#entries.size }, 'the topic registry has been read');
    }
    return true;
  }

  #failed(reason: string, detail: string): void {
    this.#problem = `cannot be read: ${detail}`;
    if (reason === 'retriable') {
      return;
    }
    // Gone, made anew or truncated: what is known stays until the new content has been read.
    this.#options.log.error({ reason, detail }, 'the topic registry changed under this service');
    this.#topicId = undefined;
  }

  #apply(record: KafkaRecord): void {
    if (record.key === null) {
      return;
    }
    const name = record.key.toString('utf8');
    if (record.value === null) {
      this.#entries.delete(name);
    } else {
      const entry = parseTopicEntry(record.value);
      if (entry === undefined || entry.name !== name) {
        // A newer form or garbage: the last entry that could be read stays in force.
        this.#options.log.error(
          { topic: name, offset: String(record.offset) },
          'an entry of the topic registry cannot be read',
        );
        return;
      }
      this.#entries.set(name, entry);
    }
    for (const listener of this.#listeners) {
      listener(name);
    }
  }
}
