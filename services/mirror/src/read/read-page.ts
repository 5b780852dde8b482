import type { IncomingHttpHeaders } from 'node:http';

import { listPath } from '@quicksilver/contracts/mirror-api/contract';
import { printCursor, type ListCursor } from '@quicksilver/contracts/mirror-api/list-cursor';

import { currentOf } from '../query/current-record.ts';
import type { ForwardAnswer } from './forward.ts';
import type { TopicView } from '../query/topic-view.ts';
import { Freshness } from '../http/freshness.ts';
import type { ListRequest } from '../http/list-request.ts';
import { asksOthers, awaitPosition, readHeld } from './held-records.ts';
import { forwardedHeaders, isForwarded } from '../http/read-request.ts';
import type { RouteNeeds } from '../http/route-needs.ts';
import { unwrap } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

export interface PageEntry {
  /** As JSON. */
  readonly key: Buffer;
  readonly value: Buffer;
  /** Where a list goes on behind it. */
  readonly at: ListCursor;
}

export type PageRead =
  | {
      readonly kind: 'local';
      readonly entries: readonly PageEntry[];
      readonly next: ListCursor | undefined;
      readonly freshness: Freshness;
    }
  /** The page of another replica, as it answered. */
  | { readonly kind: 'forwarded'; readonly answer: ForwardAnswer };

/** A page ends early once it has so many bytes: it is in memory as a whole. */
const PAGE_BYTES_MAX = 1_048_576;
/** In a mixed topic a page also ends after so many entries, which may all be passed over. */
const LOOKED_MAX = 10_000;

type Entry = Awaited<ReturnType<TopicView['store']['list']>>['entries'][number];

/**
 * One page of a list: partition by partition, each in key order. It ends with its limit, or where
 * the next partition belongs to another replica; a page that begins there is that replica's.
 * Throws `AppError` where a partition cannot be read: a page is never silently incomplete.
 */
export async function readPage(
  needs: RouteNeeds,
  view: TopicView,
  request: ListRequest,
  headers: IncomingHttpHeaders,
): Promise<PageRead> {
  const freshness = new Freshness();
  const entries: PageEntry[] = [];
  let at = nextWanted(view, request, request.from);
  let bytes = 0;
  let looked = 0;
  let isBegun = false;
  while (
    at !== undefined &&
    entries.length < request.itemsMax &&
    bytes < PAGE_BYTES_MAX &&
    looked < LOOKED_MAX
  ) {
    const { partition, after } = at;
    const owned = view.owned(partition);
    if (owned === undefined) {
      if (!isBegun) {
        return await forwardPage(needs, view, { ...request, from: at }, headers);
      }
      break;
    }
    isBegun = true;
    await awaitPosition(needs, view, [partition], headers);
    const list = unwrap(
      await needs.queries.list(view, owned, {
        after,
        itemsMax: request.itemsMax - entries.length,
        bytesMax: PAGE_BYTES_MAX - bytes,
      }),
    );
    const shown = asksOthers(view, headers)
      ? await currentEntries(needs, view, partition, list.entries, headers)
      : list.entries;
    looked += list.entries.length;
    for (const { key, json, timestamp } of shown) {
      if (view.isExpired?.(timestamp) === true) {
        continue;
      }
      entries.push({
        key: view.keyCodec.toJson(view.keyEncoding.decode(key)),
        value: json,
        at: { partition, after: key },
      });
      bytes += key.length + json.length;
    }
    freshness.addPartition(owned);
    at = list.isComplete
      ? nextWanted(view, request, { partition: partition + 1, after: undefined })
      : { partition, after: list.entries.at(-1)?.key };
  }
  return { kind: 'local', entries, next: at, freshness };
}

/** Of a partition's entries those that have the current record of their key; the others are in another partition. */
async function currentEntries(
  needs: RouteNeeds,
  view: TopicView,
  partition: number,
  entries: readonly Entry[],
  headers: IncomingHttpHeaders,
): Promise<readonly Entry[]> {
  const keys = entries.map(({ key }) => view.keyEncoding.decode(key));
  const query = { keys, hasValues: false, except: partition };
  const elsewhere = await readHeld(needs, view, query, headers, new Freshness());
  return entries.filter((entry, index) => {
    const here = { ...entry, partition };
    return currentOf([here, ...(elsewhere[index] ?? [])], view.isImmutable) === here;
  });
}

/** The cursor itself, or the start of the next wanted partition behind it; undefined at the end. */
function nextWanted(
  view: TopicView,
  request: ListRequest,
  from: ListCursor,
): ListCursor | undefined {
  for (let partition = from.partition; partition < view.partitions; partition += 1) {
    if (request.partitions?.has(partition) ?? true) {
      return partition === from.partition ? from : { partition, after: undefined };
    }
  }
  return undefined;
}

async function forwardPage(
  needs: RouteNeeds,
  view: TopicView,
  request: ListRequest,
  headers: IncomingHttpHeaders,
): Promise<PageRead> {
  const { topic } = view;
  const { from, itemsMax, hasCursors, partitions } = request;
  if (isForwarded(headers)) {
    throw wrongOwner(needs, view, from.partition, headers);
  }
  const query = new URLSearchParams({
    limit: String(itemsMax),
    cursor: printCursor(topic, from),
    ...(hasCursors ? { cursors: 'true' } : {}),
    ...(partitions === undefined ? {} : { partitions: [...partitions].join(',') }),
  });
  const answer = await needs.forward({
    topic,
    partition: from.partition,
    method: 'GET',
    path: `${listPath(topic)}?${query}`,
    headers: forwardedHeaders(headers),
  });
  return { kind: 'forwarded', answer };
}
