import { splitObject, unquote } from '@quicksilver/codec/json-text';
import type { ListParameters } from './list-query.ts';
import { badAnswer } from './mirror-error.ts';
import { splitPage, type AnswerPage } from './split-answer.ts';

export interface ListEntry {
  readonly keyJson: string;
  readonly valueJson: string;
}

/** One value of a list or a range, with the cursor of the position behind it. */
export interface ConnectionEdge {
  readonly cursor: string;
  readonly valueJson: string;
}

export interface EdgePage {
  readonly edges: readonly ConnectionEdge[];
  /**
   * The cursor of the next page, which may differ from that of the last edge. Null on the last
   * page.
   */
  readonly next: string | null;
}

/** A page of edges. It has at most `limit` of them. */
export type ListEdgesQuery = Omit<ListParameters, 'cursors' | 'partitions'> & {
  readonly limit: number;
};

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')` if the response is not a page. */
export function parsePage(topic: string, body: string): AnswerPage {
  const page = splitPage(body);
  if (page === undefined) {
    throw badAnswer(topic, 'the response is not a page of items.');
  }
  return page;
}

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')` if the items are not edges. */
export function readEdges(topic: string, { items, next }: AnswerPage): EdgePage {
  const edges = items.map((item) => {
    const [cursor, value] = splitObject(item) ?? [];
    if (cursor?.name !== 'cursor' || value?.name !== 'value') {
      throw badAnswer(topic, 'an item of a page has no cursor and value.');
    }
    return { cursor: unquote(cursor.value), valueJson: value.value };
  });
  return { edges, next };
}

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')` if the item of a list is not an entry. */
export function readEntry(topic: string, item: string): ListEntry {
  const [key, value] = splitObject(item) ?? [];
  if (key?.name !== 'key' || value?.name !== 'value') {
    throw badAnswer(topic, 'an item of a list has no key and value.');
  }
  return { keyJson: key.value, valueJson: value.value };
}
