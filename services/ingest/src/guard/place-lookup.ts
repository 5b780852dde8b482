import { AppError } from '@quicksilver/common/errors/app-error';
import { withDeadline, type Deadline } from '@quicksilver/common/flow/deadline';
import type { PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import { includeOffset } from '@quicksilver/contracts/mirror-api/last-offsets';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { WriteTarget } from './topic-guard.ts';

/** See `MirrorClient.locate`. */
export type AskPlaces = (
  topic: TopicEntry,
  keysJson: readonly string[],
  options: ReadOptions,
) => Promise<readonly PlacesEntry[]>;

/** Offsets by partition that the mirror must have applied before it responds. */
export type Positions = ReadonlyMap<number, bigint>;

interface Gathered {
  readonly target: WriteTarget;
  /** Index of each key in the lookup. */
  readonly keys: Map<string, number>;
  readonly positions: Map<number, bigint>;
  /** The latest deadline of all waiting requests. */
  deadline: Deadline;
  readonly answer: PromiseWithResolvers<readonly PlacesEntry[]>;
}

/**
 * Locates keys in mirrors, in any partition. Lookups from the same turn of the event loop are
 * combined into one request for each owner. So a thousand writers cost the mirror only a few
 * requests.
 */
export class PlaceLookup {
  readonly #ask: AskPlaces;
  /** Lookups without a position are separate from those that wait for a position. */
  readonly #plain = new Map<WriteTarget, Gathered>();
  readonly #positioned = new Map<WriteTarget, Gathered>();

  constructor(ask: AskPlaces) {
    this.#ask = ask;
  }

  /**
   * Aligned with the keys. Never rejects. Keys without a result by the deadline get
   * UPSTREAM_TIMEOUT.
   */
  async places(
    target: WriteTarget,
    keys: readonly string[],
    options: { readonly deadline: Deadline; readonly positions?: Positions },
  ): Promise<readonly PlacesEntry[]> {
    const { deadline, positions = new Map<number, bigint>() } = options;
    const open = positions.size > 0 ? this.#positioned : this.#plain;
    const gathered = this.#gather(target, open, deadline);
    if (gathered.deadline.atMs < deadline.atMs) {
      gathered.deadline = deadline;
    }
    for (const key of keys) {
      if (!gathered.keys.has(key)) {
        gathered.keys.set(key, gathered.keys.size);
      }
    }
    for (const [partition, offset] of positions) {
      includeOffset(gathered.positions, partition, offset);
    }
    try {
      const entries = await withDeadline(
        gathered.answer.promise,
        deadline.leftMs,
        'UPSTREAM_TIMEOUT',
        `The mirror of topic ${target.entry.name} did not respond in time.`,
      );
      return keys.map((key) => entries[gathered.keys.get(key) ?? -1] ?? []);
    } catch (error) {
      if (error instanceof AppError) {
        return keys.map(() => error);
      }
      throw error;
    }
  }

  #gather(target: WriteTarget, open: Map<WriteTarget, Gathered>, deadline: Deadline): Gathered {
    const batch = open.get(target);
    if (batch !== undefined) {
      return batch;
    }
    const begun: Gathered = {
      target,
      keys: new Map(),
      positions: new Map(),
      deadline,
      answer: Promise.withResolvers(),
    };
    open.set(target, begun);
    setImmediate(() => {
      open.delete(target);
      this.#send(begun).then(begun.answer.resolve, begun.answer.reject);
    });
    return begun;
  }

  #send({ target, keys, positions, deadline }: Gathered): Promise<readonly PlacesEntry[]> {
    const minPosition = { offsets: positions, topicId: target.topicId };
    return this.#ask(target.entry, [...keys.keys()], {
      timeoutMs: deadline.leftMs,
      ...(positions.size === 0 ? {} : { minPosition }),
    });
  }
}
