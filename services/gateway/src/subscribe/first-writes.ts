import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { pause } from '@quicksilver/common/flow/deadline';
import type { KeyPlace, PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { FeedEvent } from './feed-event.ts';

/** The part of the mirror client that says where the records are that keys are answered with. */
export interface PlaceReader {
  locate(
    topic: TopicEntry,
    keysJson: readonly string[],
    options: ReadOptions,
  ): Promise<PlacesEntry[]>;
}

export interface FirstWritesOptions {
  readonly topic: TopicEntry;
  readonly mirrors: PlaceReader;
  /** Milliseconds that the mirror may take to say, all attempts together. */
  readonly waitMs: number;
}

const BACKOFF = { firstMs: 20, maxMs: 500 };

/**
 * Which records of an immutable topic its readers may see. The log holds the losers of races too, so
 * that a feed cannot know by itself; the topic's mirror does, as soon as it has applied the record.
 */
export class FirstWrites {
  readonly #options: FirstWritesOptions;

  constructor(options: FirstWritesOptions) {
    this.#options = options;
  }

  /**
   * The events whose records are the ones that their keys are answered with, in their order. Asks one
   * question for all, and again while the mirror cannot say. Throws its `AppError` when the time is
   * over; before that nothing is known of any of them.
   */
  async among(events: readonly FeedEvent[], stop: AbortSignal): Promise<FeedEvent[]> {
    // Nothing removes a key of an immutable topic, so that its tombstones mean nothing.
    const records = events.filter((event) => !event.isTombstone);
    const keys = [...new Set(records.map((event) => event.keyJson))];
    if (keys.length === 0) {
      return [];
    }
    const first = await this.#firstOf(keys, positionsOf(records), stop);
    return records.filter(({ keyJson, partition, offset }) => {
      const place = first.get(keyJson);
      return place?.partition === partition && place.offset === offset;
    });
  }

  async #firstOf(
    keys: readonly string[],
    offsets: ReadonlyMap<number, bigint>,
    stop: AbortSignal,
  ): Promise<ReadonlyMap<string, KeyPlace | undefined>> {
    const { topic, mirrors, waitMs } = this.#options;
    const deadlineMs = performance.now() + waitMs;
    const backoff = new Backoff(BACKOFF);
    for (;;) {
      const timeoutMs = Math.max(1, deadlineMs - performance.now());
      const options = { minPosition: { offsets }, signal: stop, timeoutMs };
      const entries = await mirrors.locate(topic, keys, options);
      const error = entries.find((entry) => entry instanceof AppError);
      if (error === undefined) {
        const places = entries.map((entry) => (entry instanceof AppError ? undefined : entry[0]));
        return new Map(keys.map((key, at) => [key, places[at]]));
      }
      const waitForMs = backoff.next();
      const isHopeless = CATALOG[error.code].retry === 'never' || stop.aborted;
      if (isHopeless || performance.now() + waitForMs >= deadlineMs) {
        throw error;
      }
      await pause(waitForMs, stop);
    }
  }
}

/** The last offset of each partition: a mirror that has applied it has applied those before. */
function positionsOf(events: readonly FeedEvent[]): Map<number, bigint> {
  const offsets = new Map<number, bigint>();
  for (const { partition, offset } of events) {
    if (offset > (offsets.get(partition) ?? -1n)) {
      offsets.set(partition, offset);
    }
  }
  return offsets;
}
