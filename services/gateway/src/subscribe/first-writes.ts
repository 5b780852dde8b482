import { AppError } from '@quicksilver/common/errors/app-error';
import { CATALOG } from '@quicksilver/common/errors/catalog';
import { Backoff } from '@quicksilver/common/flow/backoff';
import { Deadline, pause } from '@quicksilver/common/flow/deadline';
import type { KeyPlace, PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import { lastOffsets } from '@quicksilver/contracts/mirror-api/last-offsets';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { FeedEvent } from './feed-event.ts';

/** The part of the mirror client that locates the records of keys. */
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
  /** Milliseconds for all requests to the mirror. */
  readonly waitMs: number;
}

const BACKOFF = { firstMs: 20, maxMs: 500 };

/**
 * Selects the records of an immutable topic that readers may see. The log contains the losers of
 * races too, and a feed cannot recognize them. The topic's mirror can, once it has applied the
 * record.
 */
export class FirstWrites {
  readonly #options: FirstWritesOptions;

  constructor(options: FirstWritesOptions) {
    this.#options = options;
  }

  /**
   * The events whose records are the first ones of their keys, in their order. Sends one request
   * for all events and retries until the mirror has applied them. Throws the mirror's `AppError`
   * when the time is over.
   */
  async among(events: readonly FeedEvent[], stop: AbortSignal): Promise<FeedEvent[]> {
    // No record removes a key of an immutable topic, so tombstones have no effect.
    const records = events.filter((event) => !event.isTombstone);
    const keys = [...new Set(records.map((event) => event.keyJson))];
    if (keys.length === 0) {
      return [];
    }
    const first = await this.#firstOf(keys, lastOffsets(records), stop);
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
    const deadline = Deadline.in(waitMs);
    const backoff = new Backoff(BACKOFF);
    for (;;) {
      const options = { minPosition: { offsets }, signal: stop, timeoutMs: deadline.leftMs };
      const entries = await mirrors.locate(topic, keys, options);
      const error = entries.find((entry) => entry instanceof AppError);
      if (error === undefined) {
        const places = entries.map((entry) => (entry instanceof AppError ? undefined : entry[0]));
        return new Map(keys.map((key, at) => [key, places[at]]));
      }
      const waitForMs = backoff.next();
      const isHopeless = CATALOG[error.code].retry === 'never' || stop.aborted;
      if (isHopeless || !deadline.allows(waitForMs)) {
        throw error;
      }
      await pause(waitForMs, stop);
    }
  }
}
