import { AppError } from '@quicksilver/common/errors/app-error';
import { withDeadline } from '@quicksilver/common/flow/deadline';
import type { PlacesEntry } from '@quicksilver/contracts/mirror-api/key-answers';
import type { ReadOptions } from '@quicksilver/contracts/mirror-api/mirror-client';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';

import type { WriteTarget } from './topic-guard.ts';

/** See `MirrorClient.locate`. */
export type AskPlaces = (
  topic: TopicEntry,
  keysJson: readonly string[],
  options: ReadOptions,
) => Promise<readonly PlacesEntry[]>;

/** Partition to the offset that its mirror must have applied before it answers. */
export type Positions = ReadonlyMap<number, bigint>;

interface Gathered {
  readonly target: WriteTarget;
  /** Key to its place in what is asked. */
  readonly keys: Map<string, number>;
  readonly positions: Map<number, bigint>;
  /** As of `performance.now()`; of the one who can wait longest. */
  deadlineAtMs: number;
  readonly answer: PromiseWithResolvers<readonly PlacesEntry[]>;
}

/**
 * Asks mirrors where keys are, in any partition. What is asked in one turn of the event loop goes
 * together, as one request to each owner: then a thousand writers cost the mirror a few requests.
 */
export class PlaceLookup {
  readonly #ask: AskPlaces;
  /** Questions that wait for nothing are kept apart from those that wait for a position. */
  readonly #plain = new Map<WriteTarget, Gathered>();
  readonly #positioned = new Map<WriteTarget, Gathered>();

  constructor(ask: AskPlaces) {
    this.#ask = ask;
  }

  /** Aligned with the keys; never rejects. What has no answer by the deadline is UPSTREAM_TIMEOUT. */
  async places(
    target: WriteTarget,
    keys: readonly string[],
    options: { readonly deadlineAtMs: number; readonly positions?: Positions },
  ): Promise<readonly PlacesEntry[]> {
    const { deadlineAtMs, positions = new Map<number, bigint>() } = options;
    const gathered = this.#gather(target, positions.size > 0 ? this.#positioned : this.#plain);
    gathered.deadlineAtMs = Math.max(gathered.deadlineAtMs, deadlineAtMs);
    for (const key of keys) {
      if (!gathered.keys.has(key)) {
        gathered.keys.set(key, gathered.keys.size);
      }
    }
    for (const [partition, offset] of positions) {
      if (offset > (gathered.positions.get(partition) ?? -1n)) {
        gathered.positions.set(partition, offset);
      }
    }
    const leftMs = Math.max(1, deadlineAtMs - performance.now());
    try {
      const entries = await withDeadline(
        gathered.answer.promise,
        leftMs,
        'UPSTREAM_TIMEOUT',
        `The mirror of topic ${target.entry.name} did not answer in time.`,
      );
      return keys.map((key) => entries[gathered.keys.get(key) ?? -1] ?? []);
    } catch (error) {
      if (error instanceof AppError) {
        return keys.map(() => error);
      }
      throw error;
    }
  }

  #gather(target: WriteTarget, open: Map<WriteTarget, Gathered>): Gathered {
    const found = open.get(target);
    if (found !== undefined) {
      return found;
    }
    const begun: Gathered = {
      target,
      keys: new Map(),
      positions: new Map(),
      deadlineAtMs: 0,
      answer: Promise.withResolvers(),
    };
    open.set(target, begun);
    setImmediate(() => {
      open.delete(target);
      this.#send(begun).then(begun.answer.resolve, begun.answer.reject);
    });
    return begun;
  }

  #send({ target, keys, positions, deadlineAtMs }: Gathered): Promise<readonly PlacesEntry[]> {
    const timeoutMs = Math.max(1, deadlineAtMs - performance.now());
    const minPosition = { offsets: positions, topicId: target.topicId };
    return this.#ask(target.entry, [...keys.keys()], {
      timeoutMs,
      ...(positions.size === 0 ? {} : { minPosition }),
    });
  }
}
