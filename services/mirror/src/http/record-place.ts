import type { OutgoingHttpHeaders } from 'node:http';

import {
  RECORD_OFFSET_HEADER,
  RECORD_PARTITION_HEADER,
  RECORD_TIMESTAMP_HEADER,
} from '@quicksilver/common/mirror-api/contract';

/** Which record a key was answered with, as header texts. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: bigint | string;
  /** Milliseconds since the epoch. */
  readonly timestamp: bigint | string;
}

/** The headers that name the record; the tag changes exactly when another record is answered with. */
export function placeHeaders({ partition, offset, timestamp }: RecordPlace): OutgoingHttpHeaders {
  return {
    etag: etagOf(partition, offset),
    [RECORD_PARTITION_HEADER]: partition,
    [RECORD_OFFSET_HEADER]: String(offset),
    [RECORD_TIMESTAMP_HEADER]: String(timestamp),
  };
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
