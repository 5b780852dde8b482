import { AppError } from '@quicksilver/common/errors/app-error';
import { RANGE_ITEMS_DEFAULT } from '@quicksilver/contracts/mirror-api/contract';
import {
  printSelection,
  type RangeParameters,
} from '@quicksilver/contracts/mirror-api/range-query';

import type { TopicView } from '../query/topic-view.ts';
import { boundsBetween, boundsFrom, boundsOf, type Bounds } from './range-bounds.ts';
import { parseRangeCursor } from './range-cursor.ts';
import { rangeKeyOf, type RangeKey } from './range-key.ts';

/** The text of bakdata Quick. */
const NO_RANGE_INDEX = 'You are trying to query a range. But no range index set.';

/** A range by its places in the index. The bounds take the cursor into account. */
export interface RangeRequest extends RangeKey, Bounds {
  readonly isReverse: boolean;
  readonly itemsMax: number;
  /** The identity of the range, for its cursors. */
  readonly name: string;
  /** The identity for cursors of single items, which are valid in either direction. */
  readonly itemName: string;
  /** The key and the query of the request, to forward them. */
  readonly key: string;
  readonly query: RangeParameters;
}

/** Throws `AppError`: NO_RANGE_INDEX, BAD_KEY, BAD_RANGE or BAD_CURSOR. */
export function rangeRequest(view: TopicView, key: string, query: RangeParameters): RangeRequest {
  const index = view.range;
  if (index === undefined) {
    throw new AppError('NO_RANGE_INDEX', NO_RANGE_INDEX);
  }
  const { keyForm, reverse = false, limit = RANGE_ITEMS_DEFAULT, cursor, after, before } = query;
  const rangeKey = rangeKeyOf(view, index, key, keyForm === 'json');
  const selection = printSelection(query);
  const bounds = ['from', 'to', 'includeFrom', 'includeTo'].map((each) => selection[each] ?? null);
  const itemName = JSON.stringify([view.topic, index.name, key, keyForm ?? null, ...bounds]);
  const name = JSON.stringify([view.topic, index.name, key, selection]);
  const placeOf = (range: string, text: string | undefined): Buffer | undefined =>
    text === undefined ? undefined : Buffer.concat([rangeKey.scope, parseRangeCursor(range, text)]);
  const between = boundsBetween(
    boundsOf(index, rangeKey.scope, query),
    placeOf(itemName, after),
    placeOf(itemName, before),
  );
  const start = placeOf(name, cursor);
  return {
    ...rangeKey,
    ...(start === undefined ? between : boundsFrom(between, start, reverse)),
    isReverse: reverse,
    itemsMax: limit,
    name,
    itemName,
    key,
    query,
  };
}
