import { AppError } from '@quicksilver/common/errors/app-error';
import { PAGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import {
  parseCursor,
  printCursor,
  type ListCursor,
} from '@quicksilver/contracts/mirror-api/list-cursor';
import type { ListParameters } from '@quicksilver/contracts/mirror-api/list-query';

import { currentOf } from '../query/current-record.ts';
import { haltOf } from '../query/poison-policy.ts';
import type { TopicView } from '../query/topic-view.ts';
import { Freshness } from './freshness.ts';
import { readHeld } from './held-records.ts';
import { checkPartitions } from './partition-list.ts';
import { awaitPosition, mayBeElsewhere } from './read-position.ts';
import {
  isForwarded,
  remotePartitions,
  type OwnedPartition,
  type ReadScope,
} from './read-scope.ts';
import { toError, unwrap } from './unwrap.ts';
import { wrongOwner } from './wrong-owner.ts';

export interface PageEntry {
  /** As JSON. */
  readonly key: Buffer;
  readonly value: Buffer;
  /** A list continues behind the entry with this cursor. */
  readonly cursor: ListCursor;
}

export type ListRead =
  | {
      readonly kind: 'here';
      readonly entries: readonly PageEntry[];
      /** The cursor of the next page; null on the last one. */
      readonly next: string | null;
      readonly freshness: Freshness;
    }
  /** The JSON of a page, as another replica returned it. */
  | { readonly kind: 'remote'; readonly json: string; readonly freshness: Freshness };

/** A page ends early once it has so many bytes, because all of it is in memory. */
const PAGE_BYTES_MAX = 1_048_576;
/** In a mixed topic a page also ends after so many entries, which may all be skipped. */
const VISITED_MAX = 10_000;

type Entry = Awaited<ReturnType<TopicView['store']['list']>>['entries'][number];

/**
 * One page of a list: partition by partition, each in key order. It ends at its limit, or if the
 * next partition belongs to another replica. A page that begins there comes from that replica.
 * Throws `AppError` if a partition cannot be read: a page is never silently incomplete.
 */
export async function readList(scope: ReadScope, query: ListParameters): Promise<ListRead> {
  const { view } = scope;
  const { limit = PAGE_ITEMS_MAX } = query;
  const start = startOf(view, query);
  const partitions = query.partitions && new Set(query.partitions);
  checkPartitions(view, partitions ?? []);
  const freshness = new Freshness();
  const entries: PageEntry[] = [];
  let at = nextOf(view, partitions, start);
  let bytes = 0;
  let visited = 0;
  let isBegun = false;
  while (
    at !== undefined &&
    entries.length < limit &&
    bytes < PAGE_BYTES_MAX &&
    visited < VISITED_MAX
  ) {
    const { partition, after } = at;
    const owned = view.owned(partition);
    if (owned === undefined) {
      if (!isBegun) {
        return await readRemote(scope, { ...query, limit }, at);
      }
      break;
    }
    isBegun = true;
    await awaitPosition(scope, [partition]);
    const list = unwrap(
      await scope.queries.list(view, owned, {
        after,
        itemsMax: limit - entries.length,
        bytesMax: PAGE_BYTES_MAX - bytes,
      }),
    );
    const current = mayBeElsewhere(scope)
      ? await currentEntries(scope, partition, list.entries)
      : list.entries;
    visited += list.entries.length;
    for (const { key, json, timestamp } of current) {
      if (view.isExpired?.(timestamp) === true) {
        continue;
      }
      entries.push({
        key: view.keyCodec.toJson(view.keyEncoding.decode(key)),
        value: json,
        cursor: { partition, after: key },
      });
      bytes += key.length + json.length;
    }
    freshness.addPartition(owned);
    addSkipped(
      view,
      owned,
      { after, through: list.isComplete ? undefined : list.entries.at(-1)?.key },
      freshness,
    );
    at = list.isComplete
      ? nextOf(view, partitions, { partition: partition + 1, after: undefined })
      : { partition, after: list.entries.at(-1)?.key };
  }
  const next = at === undefined ? null : printCursor(view.topic, at);
  return { kind: 'here', entries, next, freshness };
}

/** Throws `AppError('BAD_CURSOR')`. */
function startOf(view: TopicView, { cursor: text }: ListParameters): ListCursor {
  if (text === undefined) {
    return { partition: 0, after: undefined };
  }
  const cursor = parseCursor(view.topic, text);
  if (cursor.partition >= view.partitions) {
    throw new AppError(
      'BAD_CURSOR',
      `The cursor names partition ${cursor.partition}, which topic ${view.topic} does not have. Start again without a cursor.`,
    );
  }
  return cursor;
}

/** Adds the skipped records of keys in this part. Throws `AppError` with the policy `halt`. */
function addSkipped(
  view: TopicView,
  owned: OwnedPartition,
  { after, through }: { readonly after: Buffer | undefined; readonly through: Buffer | undefined },
  freshness: Freshness,
): void {
  const { partition, generation, poison } = owned;
  const offsets = poison
    .newestBetween(after, through)
    // In an immutable topic a value that was read stays the first one.
    .filter(
      ({ key }) => !view.isImmutable || view.store.get(partition, generation, key) === undefined,
    )
    .map(({ offset }) => offset);
  const halt = haltOf(view, owned, offsets);
  if (halt !== undefined) {
    throw toError(halt);
  }
  offsets.forEach((offset) => freshness.addSkipped(partition, offset));
}

/** The entries of a partition that are the current records of their keys. */
async function currentEntries(
  scope: ReadScope,
  partition: number,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  const { view } = scope;
  const keys = entries.map(({ key }) => view.keyEncoding.decode(key));
  const query = { keys, hasValues: false, except: partition };
  const elsewhere = await readHeld(scope, query, new Freshness());
  return entries.filter((entry, index) => {
    const here = { ...entry, partition };
    return currentOf([here, ...(elsewhere[index] ?? [])], view.isImmutable) === here;
  });
}

/** The cursor itself, or the start of the next partition of the list. Undefined at the end. */
function nextOf(
  view: TopicView,
  partitions: ReadonlySet<number> | undefined,
  from: ListCursor,
): ListCursor | undefined {
  for (let partition = from.partition; partition < view.partitions; partition += 1) {
    if (partitions?.has(partition) ?? true) {
      return partition === from.partition ? from : { partition, after: undefined };
    }
  }
  return undefined;
}

async function readRemote(
  scope: ReadScope,
  query: ListParameters,
  from: ListCursor,
): Promise<ListRead> {
  if (isForwarded(scope)) {
    throw wrongOwner(scope, from.partition);
  }
  const cursor = printCursor(scope.view.topic, from);
  const page = await scope.remote.list(remotePartitions(scope, [from.partition]), {
    ...query,
    cursor,
  });
  const freshness = new Freshness();
  freshness.addForwarded(page.freshness);
  return { kind: 'remote', json: page.value, freshness };
}
