import {
  RECORD_OFFSET_HEADER,
  RECORD_PARTITION_HEADER,
  RECORD_TIMESTAMP_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyReply } from 'fastify';

import type { RecordIdentity } from '../query/current-record.ts';
import type { CachedValue } from '../query/value-cache.ts';

/** Characters of the topic's id in a tag. A recreated topic has others. */
const ID_CHARS = 8;

export function recordOf({ partition: owned, offset, timestamp }: CachedValue): RecordIdentity {
  const { partition, topicId } = owned;
  return { partition, offset, timestamp, topicId };
}

/**
 * Changes if and only if the key has another record. It contains the topic's id, because the
 * offsets of a recreated topic start at 0 again.
 */
function etagOf({ partition, topicId = '' }: RecordIdentity, offset: string): string {
  return `"${partition}-${offset}-${topicId.slice(0, ID_CHARS)}"`;
}

/**
 * The headers that identify the record, as alternating names and values, which Node sends fastest.
 */
export function recordFields(record: RecordIdentity): string[] {
  const { partition, timestamp } = record;
  // Text of a bigint takes long, and is needed twice.
  const offset = String(record.offset);
  return [
    'etag',
    etagOf(record, offset),
    RECORD_PARTITION_HEADER,
    String(partition),
    RECORD_OFFSET_HEADER,
    offset,
    RECORD_TIMESTAMP_HEADER,
    String(timestamp),
    // A client may store the record if it sends the tag before each use.
    'cache-control',
    'no-cache',
  ];
}

export function setRecord(reply: FastifyReply, record: RecordIdentity): void {
  const fields = recordFields(record);
  for (let at = 0; at < fields.length; at += 2) {
    reply.header(fields[at] ?? '', fields[at + 1]);
  }
}

/** Whether the client has this record: RFC 9110, section 13.1.2, with weak comparison. */
export function hasRecord(ifNoneMatch: string | undefined, record: RecordIdentity): boolean {
  const etag = etagOf(record, String(record.offset));
  return (ifNoneMatch ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`);
}
