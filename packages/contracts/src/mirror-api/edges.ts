import { splitObject, unquote } from '@quicksilver/codec/json-text';
import { listPath } from './contract.ts';
import { badAnswer } from './mirror-error.ts';
import { splitPage, type AnswerPage } from './split-answer.ts';

export interface ListEntry {
  readonly keyJson: string;
  readonly valueJson: string;
}

/** One value of a list or a range, with the cursor of the place behind it. */
export interface Edge {
  readonly cursor: string;
  readonly valueJson: string;
}

export interface EdgePage {
  readonly edges: readonly Edge[];
  /** Where to go on, which the last edge need not say; null where nothing comes behind the page. */
  readonly next: string | null;
}

export interface ListEdgesQuery {
  /** Edges of the page, 1 to `PAGE_ITEMS_MAX`. */
  readonly limit: number;
  /** Of an edge, or as the page before gave it; the list begins without one. */
  readonly cursor?: string;
}

export function listEdgesTarget(topic: string, { limit, cursor }: ListEdgesQuery): string {
  const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  return `${listPath(topic)}?limit=${limit}&cursors=true${after}`;
}

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')` where the answer is no page. */
export function pageOf(topic: string, body: string): AnswerPage {
  const page = splitPage(body);
  if (page === undefined) {
    throw badAnswer(topic, 'expected a page of items, got something else.');
  }
  return page;
}

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')` where the items are no edges. */
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

/** Throws `AppError('UPSTREAM_BAD_RESPONSE')` where the item of a list is no entry. */
export function readEntry(topic: string, item: string): ListEntry {
  const [key, value] = splitObject(item) ?? [];
  if (key?.name !== 'key' || value?.name !== 'value') {
    throw badAnswer(topic, 'an item of a list has no key and value.');
  }
  return { keyJson: key.value, valueJson: value.value };
}
