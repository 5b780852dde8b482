import { keyCodecFor } from '@quicksilver/codec/key-codec';
import { AppError } from '@quicksilver/common/errors/app-error';
import type { RecordSource } from '@quicksilver/kafka/ports';
import type { Log } from '@quicksilver/common/lifecycle/log';
import type { Part, PartContext } from '@quicksilver/common/lifecycle/part';
import type { ValueReaders } from '@quicksilver/codec/registry/value-readers';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import { FirstWrites, type PlaceReader } from './first-writes.ts';
import { Subscription } from './subscription.ts';
import { TopicFeed, type FeedOutcome } from './topic-feed.ts';

export interface FeedsOptions {
  /** Called when a feed starts. The feed closes the source. */
  readonly openSource: () => RecordSource;
  /** Returns which records of an immutable topic count. */
  readonly mirrors: PlaceReader;
  readonly values: Pick<ValueReaders, 'readerOf' | 'keyReaderOf'>;
  readonly log: Log;
  /** The most subscribers of this process. */
  readonly subscribersMax: number;
  readonly queueItemsMax: number;
  readonly queueBytesMax: number;
  /** Milliseconds for finding the end of a topic, and for a response of a mirror. */
  readonly startMs: number;
  /**
   * Milliseconds for which a feed without subscribers continues, because the next one may follow
   * soon.
   */
  readonly lingerMs: number;
  readonly onEvent: (topic: string, outcome: FeedOutcome, dropped: number) => void;
}

export interface FollowedTopic {
  readonly entry: TopicEntry;
  /** Whether tombstones are events too. */
  readonly tombstones: boolean;
}

interface Entry {
  readonly feed: TopicFeed;
  lingering?: NodeJS.Timeout;
}

/** One feed per topic and process. It runs as long as it has subscribers. */
export class Feeds implements Part {
  readonly name = 'feeds';
  readonly #options: FeedsOptions;
  readonly #entries = new Map<string, Entry>();
  /** Feeds that are closing. */
  readonly #closing = new Set<Promise<void>>();
  #isDraining = false;

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  async start(_context: PartContext): Promise<void> {
    // A feed starts with its first subscriber.
  }

  /** Ends every subscription after its queued events. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const { feed } of this.#entries.values()) {
      feed.end();
    }
  }

  async stop(): Promise<void> {
    this.#isDraining = true;
    for (const [topic, entry] of this.#entries) {
      this.#close(topic, entry);
    }
    await Promise.all(this.#closing);
  }

  /** Ends every subscription with an error, after its queued events. */
  failAll(error: AppError): void {
    for (const { feed } of this.#entries.values()) {
      feed.failAll(error);
    }
  }

  /** For each topic with a feed the number of subscribers that miss no later record. */
  sizes(): ReadonlyMap<string, number> {
    return new Map([...this.#entries].map(([topic, { feed }]) => [topic, feed.listening]));
  }

  /**
   * Subscribes to all records of topics from their current ends, or to those of one key. Resolves
   * once no later record can be missed. Throws `AppError`.
   */
  async subscribe(
    topics: readonly FollowedTopic[],
    keyJson: string | undefined,
  ): Promise<Subscription> {
    this.#checkRoom();
    const places = topics.map(({ entry }) => ({
      entry,
      key:
        keyJson === undefined
          ? undefined
          : keyCodecFor(entry.keyType, entry.keyFormat).fromJson(keyJson),
    }));
    const joined: (() => void)[] = [];
    const subscription = new Subscription({
      tombstonesOf: new Set(
        topics.filter((topic) => topic.tombstones).map(({ entry }) => entry.name),
      ),
      itemsMax: this.#options.queueItemsMax,
      bytesMax: this.#options.queueBytesMax,
      onLeave: () => joined.forEach((leave) => leave()),
    });
    try {
      await Promise.all(
        places.map(({ entry, key }) => {
          const { feed, lingering } = this.#entryOf(entry);
          clearTimeout(lingering);
          joined.push(() => feed.leave(subscription, key));
          return feed.add(subscription, key);
        }),
      );
    } catch (error) {
      await subscription.return();
      throw error;
    }
    return subscription;
  }

  #checkRoom(): void {
    if (this.#isDraining) {
      throw new AppError('SHUTTING_DOWN', 'This process is stopping. Retry on another replica.');
    }
    const subscribers = [...this.#entries.values()].reduce((sum, { feed }) => sum + feed.size, 0);
    if (subscribers >= this.#options.subscribersMax) {
      throw new AppError(
        'OVERLOADED',
        `This process has ${subscribers} subscribers, the limit. Retry later or on another replica.`,
      );
    }
  }

  #entryOf(topic: TopicEntry): Entry {
    const known = this.#entries.get(topic.name);
    if (known !== undefined && !known.feed.isOver) {
      return known;
    }
    if (known !== undefined) {
      this.#close(topic.name, known);
    }
    const { log, startMs, onEvent, mirrors, values } = this.#options;
    const entry: Entry = {
      feed: new TopicFeed({
        topic,
        source: this.#options.openSource(),
        values,
        log,
        startMs,
        onEmpty: () => this.#linger(topic.name, entry),
        onEvent: (outcome, dropped) => onEvent(topic.name, outcome, dropped),
        ...(topic.writeType === 'IMMUTABLE'
          ? { firstWrites: new FirstWrites({ topic, mirrors, waitMs: startMs }) }
          : {}),
      }),
    };
    this.#entries.set(topic.name, entry);
    return entry;
  }

  #linger(topic: string, entry: Entry): void {
    clearTimeout(entry.lingering);
    if (entry.feed.isOver || this.#isDraining || this.#options.lingerMs === 0) {
      this.#close(topic, entry);
      return;
    }
    // A new subscription, for example after a browser reloads its page, finds the feed running.
    entry.lingering = setTimeout(() => this.#close(topic, entry), this.#options.lingerMs);
    entry.lingering.unref();
  }

  #close(topic: string, entry: Entry): void {
    if (this.#entries.get(topic) !== entry) {
      return;
    }
    clearTimeout(entry.lingering);
    this.#entries.delete(topic);
    const closing = entry.feed.stop().catch((error: unknown) => {
      this.#options.log.warn({ topic, err: error }, 'a feed could not be closed');
    });
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }
}
