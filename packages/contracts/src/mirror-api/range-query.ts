import { unquote } from '@quicksilver/codec/json-text';
import { codecFor } from '@quicksilver/codec/codecs';
import { AppError } from '@quicksilver/common/errors/app-error';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { rangePath } from './contract.ts';
import type { MirroredTopic } from './key-slots.ts';

/** The part of a range to read. The default is half-open `[from,to)` in ascending order. */
export interface RangeQuery {
  /** The bounds as JSON; at least one of them. */
  readonly from?: string;
  readonly to?: string;
  readonly includeFrom?: boolean;
  readonly includeTo?: boolean;
  readonly reverse?: boolean;
  /** Values of the page, 1 to `RANGE_ITEMS_MAX`; without one `RANGE_ITEMS_DEFAULT`. */
  readonly limit?: number;
  /** The cursor of the previous page, with the same query. */
  readonly cursor?: string;
}

/** A part of a range between the cursors of items, which are valid in either direction. */
export interface RangeEdgesQuery extends RangeQuery {
  /** Only items behind this one. */
  readonly after?: string;
  /** Only items before this one. */
  readonly before?: string;
}

export interface RangePage {
  /** The JSON of each value, in the order of the range. */
  readonly items: readonly string[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** Path and query of a request for a page. */
export function rangeTarget(
  topic: string,
  keyJson: string,
  query: RangeEdgesQuery & { readonly cursors?: true },
): string {
  const { from, to, includeFrom, includeTo, reverse, limit, cursor, after, before, cursors } =
    query;
  const params = Object.entries({
    keyForm: 'json',
    from: from === undefined ? undefined : plainText(from),
    to: to === undefined ? undefined : plainText(to),
    includeFrom,
    includeTo,
    reverse,
    limit,
    cursor,
    after,
    before,
    cursors,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return `${rangePath(topic, keyJson)}?${new URLSearchParams(params)}`;
}

/**
 * The partition whose owner gets the request: that of the key. A value of a range key need not be a
 * key of the topic. Then every replica can respond, and the text only spreads the requests.
 */
export function partitionOfRange(topic: MirroredTopic, keyJson: string): number {
  return partitionOf(bytesOf(topic, keyJson), topic.partitions);
}

function bytesOf(topic: MirroredTopic, keyJson: string): Buffer {
  try {
    return codecFor(topic.keyType).fromJson(keyJson);
  } catch (error) {
    if (error instanceof AppError) {
      return Buffer.from(keyJson);
    }
    throw error;
  }
}

/** The form in a URL: text without quotes, everything else as JSON. */
function plainText(json: string): string {
  return json.startsWith('"') ? unquote(json) : json;
}
