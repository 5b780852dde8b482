import {
  RECORD_OFFSET_HEADER,
  RECORD_PARTITION_HEADER,
  RECORD_TIMESTAMP_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyReply } from 'fastify';

import type { CachedValue } from '../query/value-cache.ts';

/** Characters of the topic's id in a tag: enough that one that is made anew has another. */
const ID_CHARS = 8;

/** Which record a key was answered with, as header texts. */
export interface RecordPlace {
  readonly etag: string;
  readonly partition: number;
  readonly offset: bigint | string;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint | string;
}

/** The place of a value; the topic's id is part of its tag, for a topic that is made anew begins at offset 0 again. */
export function placeOf({
  partition: { partition, topicId = '' },
  offset,
  timestamp,
}: Pick<CachedValue, 'offset' | 'timestamp'> & {
  readonly partition: Pick<CachedValue['partition'], 'partition' | 'topicId'>;
}): RecordPlace {
  const etag = `"${partition}-${offset}-${topicId.slice(0, ID_CHARS)}"`;
  return { etag, partition, offset, timestamp };
}

/**
 * The headers that name the record, value after name as Node takes them fastest; the tag changes
 * exactly when another record is answered with.
 */
export function placeFields({ etag, partition, offset, timestamp }: RecordPlace): string[] {
  return [
    // A client may store the record if it sends the tag before each use.
    'cache-control',
    'no-cache',
    'etag',
    etag,
    RECORD_PARTITION_HEADER,
    String(partition),
    RECORD_OFFSET_HEADER,
    String(offset),
    RECORD_TIMESTAMP_HEADER,
    String(timestamp),
  ];
}

export function setPlace(reply: FastifyReply, place: RecordPlace): void {
  const fields = placeFields(place);
  for (let at = 0; at < fields.length; at += 2) {
    reply.header(fields[at] ?? '', fields[at + 1]);
  }
}

/** The record that another replica answered with; undefined where it does not say. */
export function forwardedPlace(
  headers: Readonly<Record<string, unknown>>,
): RecordPlace | undefined {
  const {
    etag,
    [RECORD_PARTITION_HEADER]: partition,
    [RECORD_OFFSET_HEADER]: offset,
    [RECORD_TIMESTAMP_HEADER]: timestamp,
  } = headers;
  return typeof etag === 'string' &&
    typeof partition === 'string' &&
    typeof offset === 'string' &&
    typeof timestamp === 'string'
    ? { etag, partition: Number(partition), offset, timestamp }
    : undefined;
}

/** Whether the client has this record already: RFC 9110, section 13.1.2, with weak comparison. */
export function hasRecord(ifNoneMatch: string | undefined, { etag }: RecordPlace): boolean {
  return (ifNoneMatch ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`);
}
