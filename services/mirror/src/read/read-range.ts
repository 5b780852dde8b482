import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import { rangePath } from '@quicksilver/contracts/mirror-api/contract';
import { splitPage } from '@quicksilver/contracts/mirror-api/split-answer';

import { printRangeCursor } from './range-cursor.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { Octets } from '../query/value-cache.ts';
import { Freshness } from '../http/freshness.ts';
import { asksOthers, awaitPosition, namedElsewhere, ofPartitions } from './held-records.ts';
import { bodyOf, octetsOf } from '../http/json-array.ts';
import { isExhausted, takeMerged, type RangeItem, type RangePart } from './merge-range.ts';
import type { RangeRequest } from './range-request.ts';
import { RangeVisibility } from './range-visibility.ts';
import { forwardedHeaders, isForwarded } from '../http/read-request.ts';
import type { RouteNeeds } from '../http/route-needs.ts';
import { unwrap } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

/** A page ends early once it has so many bytes: it is in memory as a whole. */
const PAGE_BYTES_MAX = 1_048_576;
/** Of one part of it, however many parts there are. */
const PART_BYTES_MIN = 16_384;

/** Steps of a page of which nothing may be left. */
const STEPS_MAX = 8;

/** Some items, and the last one that was looked at. */
export interface RangeStep {
  readonly items: readonly RangeItem[];
  readonly last: RangeItem | undefined;
}

/** A part of a range at one replica: read step by step, closed by who opened it. */
interface Source {
  next(itemsMax: number, bytesMax: number): Promise<Omit<RangePart, 'at'>>;
  close(): Promise<void>;
}

/** A range that is read from all partitions that have a part of it. */
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
   * Opens what is here at once, and asks for what is elsewhere with the first step. Throws `AppError`
   * where a partition cannot be read.
   */
  static async open(
    needs: RouteNeeds,
    view: TopicView,
    request: RangeRequest,
    wanted: ReadonlySet<number>,
    headers: IncomingHttpHeaders,
  ): Promise<RangeReading> {
    const freshness = new Freshness();
    const local = [...wanted].flatMap((partition) => view.owned(partition) ?? []);
    const remote = [...wanted].filter((partition) => view.owned(partition) === undefined);
    const [first] = remote;
    if (first !== undefined && isForwarded(headers)) {
      throw wrongOwner(needs, view, first, headers);
    }
    await awaitPosition(needs, view, wanted, headers);
    const isMixed = !isForwarded(headers) && asksOthers(view, headers);
    const groups = Object.values(
      Object.groupBy(remote, (partition) => needs.ownersOf(partition).join(',')),
    ).filter((group) => group !== undefined);
    const sources: Source[] = [];
    try {
      for (const partition of local) {
        sources.push(localSource(needs, view, request, partition));
        // Now, and not when it has been read: what is read is as it was when it was opened.
        freshness.addPartition(partition);
      }
    } catch (error) {
      await Promise.all(sources.map((source) => source.close()));
      throw error;
    }
    const passedOn = { needs, view, request, headers, freshness };
    sources.push(...groups.map((group) => remoteSource(passedOn, group, isMixed)));
    const visibility = isMixed ? new RangeVisibility(needs, view, request, headers) : undefined;
    return new RangeReading(request, sources, freshness, visibility);
  }

  /** Reads on wherever all that was read is taken; `open` reads nothing yet. */
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

  /** The next items of what was read, as they are. */
  take(itemsMax: number): RangeItem[] {
    const limits = { itemsMax, bytesMax: PAGE_BYTES_MAX };
    return takeMerged(this.#parts, this.#request.isReverse, limits);
  }

  /**
   * Reads and takes the next items, without those that a record in another partition replaces or removes.
   * There can be fewer than wanted although more comes behind `last`.
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

  /** Whether there is nothing behind what was taken. */
  get isAtEnd(): boolean {
    return isExhausted(this.#parts);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }
}

/** The partitions that can have a part of the range. */
export function partitionsOfRange(
  view: TopicView,
  { partition }: RangeRequest,
  headers: IncomingHttpHeaders,
): Set<number> {
  return new Set(
    partition === undefined
      ? Array.from({ length: view.partitions }, (_, number) => number)
      : [partition, ...view.placement.mixed, ...namedElsewhere(view, headers)],
  );
}

type Partition = NonNullable<ReturnType<TopicView['owned']>>;

function localSource(
  { queries }: RouteNeeds,
  view: TopicView,
  request: RangeRequest,
  partition: Partition,
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

interface PassedOn {
  readonly needs: RouteNeeds;
  readonly view: TopicView;
  readonly request: RangeRequest;
  readonly headers: IncomingHttpHeaders;
  readonly freshness: Freshness;
}

/** Partitions that the same replicas own, page by page. */
function remoteSource(passedOn: PassedOn, partitions: readonly number[], isMixed: boolean): Source {
  const { needs, view, request, headers, freshness } = passedOn;
  const [partition = 0] = partitions;
  let cursor = request.cursor;
  return {
    next: async (itemsMax) => {
      const query = new URLSearchParams({
        ...request.given,
        partitions: partitions.join(','),
        limit: String(itemsMax),
        ...(isMixed ? { places: 'true' } : {}),
        ...(cursor === undefined ? {} : { cursor }),
      });
      const answer = await needs
        .forward({
          topic: view.topic,
          partition,
          method: 'GET',
          path: `${rangePath(view.topic, request.key)}?${query}`,
          headers: forwardedHeaders(headers),
        })
        .catch((error: unknown) => {
          throw ofPartitions(error, partitions);
        });
      freshness.addForwarded(answer);
      const page = splitPage(answer.body);
      if (page === undefined) {
        throw badPage();
      }
      cursor = page.next ?? undefined;
      return { items: page.items.map(readItem), isComplete: page.next === null };
    },
    close: () => Promise.resolve(),
  };
}

const ITEM_START = '{"at":"';
const VALUE_START = '","value":';
const BY_START = '","by":"';

/** `{"at":…,"value":…}`, as one replica hands it to another. */
export function printRangeItem({ place, value }: RangeItem): Octets {
  return `${ITEM_START}${bodyOf(place).toString('base64url')}${VALUE_START}${value}}`;
}

/** `{"at":…,"by":…,"value":…}` if the other one has to know the partition and the stamp. */
export function printPlacedItem({ place, value, by }: RangeItem): Octets {
  const at = bodyOf(place).toString('base64url');
  return `${ITEM_START}${at}${BY_START}${by?.partition ?? ''}.${by?.stamp ?? ''}${VALUE_START}${value}}`;
}

function readItem(text: string): RangeItem {
  const end = text.indexOf(VALUE_START);
  if (!text.startsWith(ITEM_START) || end < 0) {
    throw badPage();
  }
  const [at = '', by] = text.slice(ITEM_START.length, end).split(BY_START);
  const [partition, stamp] = by?.split('.') ?? [];
  return {
    place: octetsOf(Buffer.from(at, 'base64url')),
    value: octetsOf(Buffer.from(text.slice(end + VALUE_START.length, -1))),
    by: stamp === undefined ? undefined : { partition: Number(partition), stamp },
  };
}

/** The place behind which the next page begins. */
export function cursorBehind(request: RangeRequest, last: RangeItem | undefined): string | null {
  return last === undefined ? null : printRangeCursor(request.name, bodyOf(last.place));
}

function badPage(): AppError {
  return new AppError('UPSTREAM_BAD_RESPONSE', 'Another replica answered with no page of a range.');
}
