import { listPath, PAGE_ITEMS_MAX } from './contract.ts';
import {
  FLAG,
  limitTo,
  parseParameters,
  PARTITIONS,
  printParameters,
  TEXT,
  type QueryOf,
} from './query-string.ts';

/** The parameters of a list. The client, the server and a replica that forwards all use them. */
export const LIST_PARAMETERS = {
  /** Items of the page; without it `PAGE_ITEMS_MAX`. */
  limit: limitTo(PAGE_ITEMS_MAX),
  /** `next` of the previous page, or the cursor of an item. Without it the list starts. */
  cursor: TEXT,
  /** Whether each item has a cursor instead of its key. */
  cursors: FLAG,
  /** Only items of these partitions; without it of all. */
  partitions: PARTITIONS,
} as const;

export type ListParameters = QueryOf<typeof LIST_PARAMETERS>;

/** Path and query of a request for a page. */
export function printListQuery(topic: string, query: ListParameters): string {
  return `${listPath(topic)}?${new URLSearchParams(printParameters(LIST_PARAMETERS, query))}`;
}

/** Throws `AppError('BAD_REQUEST')`. */
export function parseListQuery(parameters: unknown): ListParameters {
  return parseParameters(LIST_PARAMETERS, parameters);
}
