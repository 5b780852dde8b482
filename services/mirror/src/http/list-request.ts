import { AppError } from '@quicksilver/common/errors/app-error';
import { PAGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { parseCursor, type ListCursor } from '@quicksilver/contracts/mirror-api/list-cursor';

import type { TopicView } from '../query/topic-view.ts';
import { flagOf, singleParameter } from './read-request.ts';

export interface ListRequest {
  readonly from: ListCursor;
  readonly itemsMax: number;
  /** Whether each item tells the cursor of what is behind it. */
  readonly hasCursors: boolean;
  /** Undefined for all partitions of the topic. */
  readonly partitions: ReadonlySet<number> | undefined;
}

/** Throws `AppError`: BAD_REQUEST or BAD_CURSOR. */
export function readListRequest(view: TopicView, query: unknown): ListRequest {
  const limit = singleParameter(query, 'limit');
  const cursor = singleParameter(query, 'cursor');
  const partitions = singleParameter(query, 'partitions');
  return {
    from: cursor === undefined ? { partition: 0, after: undefined } : fromCursor(view, cursor),
    hasCursors: flagOf(query, 'cursors'),
    itemsMax: limit === undefined ? PAGE_ITEMS_MAX : limitOf(limit, PAGE_ITEMS_MAX),
    partitions: partitions === undefined ? undefined : partitionsOf(view, partitions),
  };
}

function fromCursor(view: TopicView, text: string): ListCursor {
  const cursor = parseCursor(view.topic, text);
  if (cursor.partition >= view.partitions) {
    throw new AppError('BAD_CURSOR', `The cursor names a partition that ${view.topic} has not.`);
  }
  return cursor;
}

/** Throws `AppError('BAD_REQUEST')`. */
export function limitOf(limit: string, itemsMax: number): number {
  const items = /^[1-9]\d{0,3}$/.test(limit) ? Number(limit) : 0;
  if (items < 1 || items > itemsMax) {
    throw new AppError('BAD_REQUEST', `Expected a limit of 1 to ${itemsMax}, got ${limit}.`);
  }
  return items;
}

export function partitionsOf(view: TopicView, text: string): ReadonlySet<number> {
  const entries = text.split(',');
  const valid = entries.every(
    (entry) => /^\d{1,5}$/.test(entry) && Number(entry) < view.partitions,
  );
  if (!valid) {
    throw new AppError(
      'BAD_REQUEST',
      `Expected partitions of 0 to ${view.partitions - 1}, separated by commas, got ${text}.`,
    );
  }
  return new Set(entries.map(Number));
}
