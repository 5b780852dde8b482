import { groupBy } from '@quicksilver/contracts/mirror-api/key-slots';

import { bytesOf } from '../query/octets.ts';
import { haltOf } from '../query/poison-policy.ts';
import type { TopicView } from '../query/topic-view.ts';
import { Freshness } from './freshness.ts';
import { ofPartitions } from './held-records.ts';
import { isExhausted, takeMerged, type RangeItem, type RangePart } from './merge-range.ts';
import { printRangeCursor } from './range-cursor.ts';
import type { RangeRequest } from './range-request.ts';
import { RangeVisibility } from './range-visibility.ts';
import { awaitPosition, mayBeElsewhere, namedElsewhere } from './read-position.ts';
import {
  isForwarded,
  remotePartitions,
  type OwnedPartition,
  type ReadScope,
} from './read-scope.ts';
import { toError, unwrap } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

/** A page ends early once it has so many bytes, because all of it is in memory. */
const PAGE_BYTES_MAX = 1_048_576;
/** The least bytes of one part of it, for any number of parts. */
const PART_BYTES_MIN = 16_384;

/** Steps of one page, whose items may all be hidden. */
const STEPS_MAX = 8;

/** Some items, and the last item that was visited. */
export interface RangeStep {
  readonly items: readonly RangeItem[];
  readonly last: RangeItem | undefined;
}

/** A part of a range at one replica, read step by step. The opener closes it. */
interface Source {
  next(itemsMax: number, bytesMax: number): Promise<Omit<RangePart, 'at'>>;
  close(): Promise<void>;
}

/** Reads a range from all partitions that have a part of it. */
export class RangeReading {
  readonly freshness = new Freshness();
  readonly #request: RangeRequest;
  readonly #sources: readonly Source[];
  /** Undefined if each item is in its own partition. */
  readonly #visibility: RangeVisibility | undefined;
  #parts: RangePart[] = [];

  private constructor(
    request: RangeRequest,
    sources: readonly Source[],
    freshness: Freshness,
    visibility: RangeVisibility | undefined,
  ) {
    this.#request = request;
    this.#sources = sources;
    this.freshness = freshness;
    this.#visibility = visibility;
  }

  /**
   * Opens the partitions here at once. The first step reads those of other replicas. Throws
   * `AppError` if a partition cannot be read.
   */
  static async open(
    scope: ReadScope,
    request: RangeRequest,
    partitions: ReadonlySet<number>,
  ): Promise<RangeReading> {
    const { view, ownersOf } = scope;
    const freshness = new Freshness();
    const here = [...partitions].flatMap((partition) => view.owned(partition) ?? []);
    const elsewhere = [...partitions].filter((partition) => view.owned(partition) === undefined);
    const [first] = elsewhere;
    if (first !== undefined && isForwarded(scope)) {
      throw wrongOwner(scope, first);
    }
    await awaitPosition(scope, partitions);
    const isMixed = !isForwarded(scope) && mayBeElsewhere(scope);
    const groups = groupBy(elsewhere, (partition) => ownersOf(partition).join(','));
    const sources: Source[] = [];
    try {
      for (const partition of here) {
        sources.push(localSource(scope, request, partition));
        // Now and not after the read, because the source reads the state at its opening.
        freshness.addPartition(partition);
        addSkipped(view, partition, request, freshness);
      }
    } catch (error) {
      await Promise.all(sources.map((source) => source.close()));
      throw error;
    }
    for (const group of groups.values()) {
      sources.push(remoteSource(scope, request, group, isMixed, freshness));
    }
    const visibility = isMixed ? new RangeVisibility(scope, request) : undefined;
    return new RangeReading(request, sources, freshness, visibility);
  }

  /** Reads more of each part whose items are all taken. `open` reads nothing yet. */
  async fill(itemsMax: number): Promise<void> {
    const bytesMax = Math.max(PART_BYTES_MIN, PAGE_BYTES_MAX / this.#sources.length);
    this.#parts = await Promise.all(
      this.#sources.map(async (source, index) => {
        const part = this.#parts[index];
        return part !== undefined && (part.at < part.items.length || part.isComplete)
          ? part
          : { ...(await source.next(itemsMax, bytesMax)), at: 0 };
      }),
    );
  }

  /** The next items that were read, without regard to other partitions. */
  take(itemsMax: number): RangeItem[] {
    const limits = { itemsMax, bytesMax: PAGE_BYTES_MAX };
    return takeMerged(this.#parts, this.#request.isReverse, limits);
  }

  /**
   * Reads and takes the next items, without those that a record in another partition replaces or
   * removes. There can be fewer than `itemsMax` although more follow behind `last`.
   */
  async read(itemsMax: number): Promise<RangeStep> {
    await this.fill(itemsMax);
    const taken = this.take(itemsMax);
    if (this.#visibility === undefined) {
      return { items: taken, last: taken.at(-1) };
    }
    const items = await this.#visibility.of(taken);
    let last = taken.at(-1);
    for (let steps = 1; steps < STEPS_MAX && items.length < itemsMax && !this.isAtEnd; steps += 1) {
      await this.fill(itemsMax - items.length);
      const more = this.take(itemsMax - items.length);
      items.push(...(await this.#visibility.of(more)));
      last = more.at(-1) ?? last;
    }
    return { items, last };
  }

  /** Whether no items are left. */
  get isAtEnd(): boolean {
    return isExhausted(this.#parts);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }
}

/** Adds the skipped records that the range lacks. Throws `AppError` with the policy `halt`. */
function addSkipped(
  view: TopicView,
  owned: OwnedPartition,
  { storedKey: name }: RangeRequest,
  freshness: Freshness,
): void {
  const { partition, generation, poison } = owned;
  const key = name === undefined ? undefined : bytesOf(name);
  const isFirst =
    view.isImmutable &&
    key !== undefined &&
    view.store.get(partition, generation, key) !== undefined;
  const offsets = isFirst ? [] : poison.lackingInRange(key);
  const halt = haltOf(view, owned, offsets);
  if (halt !== undefined) {
    throw toError(halt);
  }
  offsets.forEach((offset) => freshness.addSkipped(partition, offset));
}

/** The partitions that can have a part of the range. */
export function partitionsOfRange(scope: ReadScope, { partition }: RangeRequest): Set<number> {
  const { view } = scope;
  return new Set(
    partition === undefined
      ? Array.from({ length: view.partitions }, (_, number) => number)
      : [partition, ...view.placement.mixed, ...namedElsewhere(scope)],
  );
}

function localSource(
  { view, queries }: ReadScope,
  request: RangeRequest,
  partition: OwnedPartition,
): Source {
  const read = unwrap(queries.openRange(view, partition, request));
  const { length } = request.scope;
  return {
    next: async (itemsMax, bytesMax) => {
      const { entries, isComplete } = unwrap(await read.next(itemsMax, bytesMax));
      const items = entries.map(({ place, json, stamp }) => ({
        place: place.slice(length),
        value: json,
        by: { partition: partition.partition, stamp },
      }));
      return { items, isComplete };
    },
    close: () => read.close(),
  };
}

/** Partitions that the same replicas own, page by page. */
function remoteSource(
  scope: ReadScope,
  { key, query }: RangeRequest,
  partitions: readonly number[],
  isMixed: boolean,
  freshness: Freshness,
): Source {
  let { cursor } = query;
  return {
    next: async (itemsMax) => {
      const page = await scope.remote
        .range(remotePartitions(scope, partitions), key, {
          ...query,
          limit: itemsMax,
          ...(isMixed ? { places: true } : {}),
          ...(cursor === undefined ? {} : { cursor }),
        })
        .catch((error: unknown) => {
          throw ofPartitions(error, partitions);
        });
      freshness.addForwarded(page.freshness);
      const { items, next } = page.value;
      cursor = next;
      return { items, isComplete: next === undefined };
    },
    close: () => Promise.resolve(),
  };
}

/** The cursor of the page behind this item. */
export function cursorBehind(request: RangeRequest, last: RangeItem | undefined): string | null {
  return last === undefined ? null : printRangeCursor(request.name, bytesOf(last.place));
}
