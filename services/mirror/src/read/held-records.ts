import type { IncomingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';

import { splitArray, splitObject } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { BATCH_KEYS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { chunksOf, groupBy } from '@quicksilver/contracts/mirror-api/key-slots';
import { splitBatch } from '@quicksilver/contracts/mirror-api/split-answer';

import { currentOf, type HeldRecord } from '../query/current-record.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { Octets } from '../query/value-cache.ts';
import type { Freshness } from '../http/freshness.ts';
import { forwardedHeaders, minPosition } from '../http/read-request.ts';
import type { RouteNeeds } from '../http/route-needs.ts';
import { toError, unwrap } from './unwrap.ts';

export interface HeldQuery {
  /** Record keys. */
  readonly keys: readonly Buffer[];
  /** Whether the records have their values. */
  readonly hasValues: boolean;
  /** A partition that is not asked. */
  readonly except?: number;
}

/** Keys that are looked up before other requests have their turn. */
const TURN_KEYS = 100;
/** No timestamp, as Kafka has it. */
const NO_TIME = -1n;

/** `POST /topics/{topic}/keys:held`: what one replica asks another. */
export function heldPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}/keys:held`;
}

/**
 * Whether keys must be looked for in other partitions than their own: the topic is mixed, or the answer has to
 * include an offset of a partition of another replica, which may have just become mixed.
 */
export function asksOthers(view: TopicView, headers: IncomingHttpHeaders): boolean {
  return view.placement.isMixed || namedElsewhere(view, headers).length > 0;
}

/** Waits until the partitions of this replica have applied the position of the request. */
export async function awaitPosition(
  needs: RouteNeeds,
  view: TopicView,
  partitions: Iterable<number>,
  headers: IncomingHttpHeaders,
): Promise<void> {
  const position = minPosition(headers, view);
  if (position === undefined) {
    return;
  }
  const read = new Set(partitions);
  const others = [...position.offsets].filter(
    // Of a partition that is only named it matters whether it has become mixed up to there.
    ([number, offset]) => !read.has(number) && (view.owned(number)?.nextOffset ?? 0n) <= offset,
  );
  await Promise.all(
    [...read, ...others.map(([number]) => number)].map(async (number) => {
      const partition = view.owned(number);
      const refused = partition && (await needs.queries.refuseBefore(partition, position));
      if (refused !== undefined) {
        throw toError(refused);
      }
    }),
  );
}

/**
 * What each partition that can have a key has of it, in no order. All of them or an error that names the
 * partition. The positions of partitions here are awaited by the caller. Throws `AppError`.
 */
export async function readHeld(
  needs: RouteNeeds,
  view: TopicView,
  query: HeldQuery,
  headers: IncomingHttpHeaders,
  freshness: Freshness,
): Promise<HeldRecord[][]> {
  const asked = new Set([...view.placement.mixed, ...namedElsewhere(view, headers)]);
  for (const key of query.keys) {
    asked.add(view.partitionOf(key));
  }
  if (query.except !== undefined) {
    asked.delete(query.except);
  }
  const here = [...asked].filter((partition) => view.owned(partition) !== undefined);
  const elsewhere = [...asked].filter((partition) => view.owned(partition) === undefined);
  const groups = groupBy(elsewhere, (partition) => needs.ownersOf(partition).join(','));
  const parts = await Promise.all([
    heldHere(needs, view, query.keys, here),
    ...[...groups.values()].map((partitions) =>
      heldElsewhere({ needs, view, query, headers, freshness }, partitions),
    ),
  ]);
  for (const number of here) {
    const partition = view.owned(number);
    if (partition !== undefined) {
      freshness.addPartition(partition);
    }
  }
  return query.keys.map((_, index) => parts.flatMap((part) => part[index] ?? []));
}

/** What these partitions of this replica have of each key. */
export async function heldHere(
  needs: RouteNeeds,
  view: TopicView,
  keys: readonly Buffer[],
  partitions: readonly number[],
): Promise<HeldRecord[][]> {
  const records: HeldRecord[][] = [];
  for (const chunk of chunksOf(keys, TURN_KEYS)) {
    if (records.length > 0) {
      await setImmediate();
    }
    const { mixed } = view.placement;
    const others = partitions.flatMap((number) =>
      mixed.has(number) ? (view.owned(number) ?? []) : [],
    );
    for (const partition of others) {
      const refused = needs.queries.refuse(partition);
      if (refused !== undefined) {
        throw toError(refused);
      }
    }
    for (const key of chunk) {
      const number = view.partitionOf(key);
      const home = partitions.includes(number) ? view.owned(number) : undefined;
      const rest = home === undefined ? others : others.filter((other) => other !== home);
      records.push(unwrap(needs.queries.held(view, home, rest, key)));
    }
  }
  return records;
}

interface Asking {
  readonly needs: RouteNeeds;
  readonly view: TopicView;
  readonly query: HeldQuery;
  readonly headers: IncomingHttpHeaders;
  readonly freshness: Freshness;
}

/** Partitions that the same replicas own. */
async function heldElsewhere(
  { needs, view, query, headers, freshness }: Asking,
  partitions: readonly number[],
): Promise<HeldRecord[][]> {
  const [partition = 0] = partitions;
  const values = query.hasValues ? '&values=true' : '';
  const chunks = chunksOf(query.keys, BATCH_KEYS_MAX).map(async (keys) => {
    const answer = await needs
      .forward({
        topic: view.topic,
        partition,
        method: 'POST',
        path: `${heldPath(view.topic)}?partitions=${partitions.join(',')}${values}`,
        headers: { 'content-type': 'application/json', ...forwardedHeaders(headers) },
        body: `[${keys.map((key) => view.keyCodec.toJson(key).toString('utf8')).join(',')}]`,
      })
      .catch((error: unknown) => {
        throw ofPartitions(error, partitions);
      });
    freshness.addAsked(answer);
    const texts = splitBatch(answer.body);
    if (texts?.length !== keys.length) {
      throw badHeld();
    }
    return texts.map(parseHeld);
  });
  return (await Promise.all(chunks)).flat();
}

/** Partitions of other replicas whose offsets the answer has to include, unless they are known to have no other keys. */
export function namedElsewhere(view: TopicView, headers: IncomingHttpHeaders): number[] {
  const { offsets } = minPosition(headers, view) ?? {};
  return [...(offsets ?? [])]
    .filter(([number]) => view.owned(number) === undefined)
    .filter(([number, offset]) => !view.placement.isUnmixedTo(number, offset))
    .map(([number]) => number);
}

/** Says which partition an answer lacks. */
export function ofPartitions(error: unknown, partitions: readonly number[]): unknown {
  return error instanceof AppError
    ? new AppError(error.code, `Partition ${partitions.join(', ')}: ${error.message}`, {
        cause: error,
      })
    : error;
}

/** As `KeyPlaceForm`. */
export function printPlaces(records: readonly HeldRecord[]): Octets {
  return `[${records.map((record) => `{${placeMembers(record)}}`).join(',')}]`;
}

/** With all that the replica that asks has to know. Only the current record can matter to its value. */
export function printHeld(
  records: readonly HeldRecord[],
  { isImmutable }: TopicView,
  hasValues: boolean,
): Octets {
  const current = hasValues ? currentOf(records, isImmutable) : undefined;
  const texts = records.map((record) => {
    const { removedAt, json } = record;
    const removed = removedAt === undefined ? '' : `,"removedAt":${removedAt}`;
    const value = record === current && json !== undefined ? `,"value":${json}` : '';
    return `{${placeMembers(record)}${removed}${value}}`;
  });
  return `[${texts.join(',')}]`;
}

function placeMembers({ partition, offset, timestamp, isRemoval }: HeldRecord): Octets {
  const time = timestamp === NO_TIME ? 'null' : String(timestamp);
  const removed = isRemoval ? ',"removed":true' : '';
  return `"partition":${partition},"offset":"${offset}","timestamp":${time}${removed}`;
}

function parseHeld(text: string): HeldRecord[] {
  return (splitArray(text) ?? []).map((record) => {
    const members = new Map(splitObject(record)?.map(({ name, value }) => [name, value]));
    const { partition, offset, timestamp } = {
      partition: numberOf(members.get('partition')),
      offset: numberOf(members.get('offset')?.slice(1, -1)),
      timestamp: numberOf(members.get('timestamp')?.replace('null', String(NO_TIME))),
    };
    if (partition === undefined || offset === undefined || timestamp === undefined) {
      throw badHeld();
    }
    const value = members.get('value');
    return {
      partition: Number(partition),
      offset,
      timestamp,
      json: value === undefined ? undefined : Buffer.from(value).toString('latin1'),
      isRemoval: members.get('removed') === 'true',
      removedAt: numberOf(members.get('removedAt')),
    };
  });
}

function numberOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function badHeld(): AppError {
  return new AppError(
    'UPSTREAM_BAD_RESPONSE',
    'Another replica answered with something else than what its partitions have of these keys.',
  );
}
