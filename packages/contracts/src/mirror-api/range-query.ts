import { unquote } from '@quicksilver/codec/json-text';
import { keyCodecFor } from '@quicksilver/codec/key-codec';
import { AppError } from '@quicksilver/common/errors/app-error';
import { partitionOf } from '@quicksilver/kafka/partitioner';
import { rangePath, RANGE_ITEMS_MAX } from './contract.ts';
import type { MirroredTopic } from './key-slots.ts';
import {
  FLAG,
  limitTo,
  parseParameters,
  PARTITIONS,
  printParameters,
  TEXT,
  type Parameter,
  type QueryOf,
} from './query-string.ts';

const KEY_FORM: Parameter<'json'> = {
  print: String,
  parse: (text) => {
    if (text !== 'json') {
      throw new AppError('BAD_REQUEST', `Expected the keyForm json or none, got ${text}.`);
    }
    return text;
  },
};

/**
 * The parameters that define a range. A cursor is valid only with the same values of all of them.
 * The range is half-open `[from,to)` and ascending by default.
 */
const SELECTION = {
  /** Whether the key of the path is JSON. */
  keyForm: KEY_FORM,
  /** The bounds as text; at least one of them. */
  from: TEXT,
  to: TEXT,
  includeFrom: FLAG,
  includeTo: FLAG,
  reverse: FLAG,
  /** Only items behind the one with this cursor. */
  after: TEXT,
  /** Only items before the one with this cursor. */
  before: TEXT,
} as const;

/** The parameters that select a page of the range and its form. */
const PAGING = {
  /** Values of the page; without it `RANGE_ITEMS_DEFAULT`. */
  limit: limitTo(RANGE_ITEMS_MAX),
  /** `next` of the previous page. */
  cursor: TEXT,
  /** Whether each item has a cursor. */
  cursors: FLAG,
} as const;

/** The parameters of a range. The client, the server and a replica that forwards all use them. */
export const RANGE_PARAMETERS = { ...SELECTION, ...PAGING } as const;

/** What only replicas send, with a forwarded request. */
export const RANGE_PART_PARAMETERS = {
  /** The partitions to read. */
  partitions: PARTITIONS,
  /** Whether each item has its partition and its stamp. */
  places: FLAG,
} as const;

export type RangeParameters = QueryOf<typeof RANGE_PARAMETERS>;
export type RangePartParameters = QueryOf<typeof RANGE_PART_PARAMETERS>;

/** A part of a range between the cursors of items. Its bounds are JSON. */
export type RangeEdgesQuery = Omit<RangeParameters, 'keyForm' | 'cursors'>;

/** The part of a range to read. Its bounds are JSON. */
export type RangeQuery = Omit<RangeEdgesQuery, 'after' | 'before'>;

export interface RangePage {
  /** The JSON of each value, in the order of the range. */
  readonly items: readonly string[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** Path and query of a request for a page. */
export function printRangeQuery(
  topic: string,
  key: string,
  query: RangeParameters & RangePartParameters,
): string {
  const texts = printParameters({ ...RANGE_PARAMETERS, ...RANGE_PART_PARAMETERS }, query);
  return `${rangePath(topic, key)}?${new URLSearchParams(texts)}`;
}

/** Throws `AppError('BAD_REQUEST')`. */
export function parseRangeQuery(parameters: unknown): RangeParameters {
  return parseParameters(RANGE_PARAMETERS, parameters);
}

/** Throws `AppError('BAD_REQUEST')`. */
export function parseRangePartQuery(parameters: unknown): RangePartParameters {
  return parseParameters(RANGE_PART_PARAMETERS, parameters);
}

/** The texts of the parameters that define the range, for the identity of a cursor. */
export function printSelection(query: RangeParameters): Readonly<Record<string, string>> {
  return printParameters(SELECTION, query);
}

/** The parameters of a query whose key and bounds are JSON. */
export function rangeParameters(query: RangeEdgesQuery): RangeParameters {
  const { from, to } = query;
  return {
    ...query,
    keyForm: 'json',
    ...(from === undefined ? {} : { from: plainText(from) }),
    ...(to === undefined ? {} : { to: plainText(to) }),
  };
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
    return keyCodecFor(topic.keyType, topic.keyFormat).fromJson(keyJson);
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
