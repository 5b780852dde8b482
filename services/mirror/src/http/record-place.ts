import {
  RECORD_OFFSET_HEADER,
  RECORD_PARTITION_HEADER,
  RECORD_TIMESTAMP_HEADER,
} from '@quicksilver/common/mirror-api/contract';
import type { FastifyReply } from 'fastify';

/** Which record a key was answered with, as header texts. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint | string;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint | string;
}

/**
 * The headers that name the record, value after name as Node takes them fastest; the tag changes
 * exactly when another record is answered with.
 */
export function placeFields({ partition, offset, timestamp }: RecordPlace): string[] {
  return [
    'etag',
    etagOf(partition, offset),
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
  partition: number,
  headers: Readonly<Record<string, unknown>>,
): RecordPlace | undefined {
  const offset = headers[RECORD_OFFSET_HEADER];
  const timestamp = headers[RECORD_TIMESTAMP_HEADER];
  return typeof offset === 'string' && typeof timestamp === 'string'
    ? { partition, offset, timestamp }
    : undefined;
}

/** Whether the client has this record already: RFC 9110, section 13.1.2, with weak comparison. */
export function hasRecord(
  ifNoneMatch: string | undefined,
  { partition, offset }: RecordPlace,
): boolean {
  if (ifNoneMatch === undefined) {
    return false;
  }
  const etag = etagOf(partition, offset);
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`);
}

function etagOf(partition: number, offset: bigint | string): string {
  return `"${partition}-${offset}"`;
}
