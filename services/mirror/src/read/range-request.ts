import { checkJson } from '@quicksilver/codec/json-text';
import { AppError } from '@quicksilver/common/errors/app-error';
import { RANGE_ITEMS_DEFAULT, RANGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';

import { parseRangeCursor } from './range-cursor.ts';
import type { TopicView } from '../query/topic-view.ts';
import { limitOf } from '../http/list-request.ts';
import { flagOf, singleParameter } from '../http/read-request.ts';

/** Quick's text. */
const NO_RANGE_INDEX = 'You are trying to query a range. But no range index set.';

type Index = NonNullable<TopicView['range']>;
type Scalar = Parameters<Index['orderOf']>[0];

export interface RangeRequest {
  /** The partition that has all of it; undefined where each has a part. */
  readonly partition: number | undefined;
  /** The key as it is stored, one character for each byte; undefined if it is in the places. */
  readonly storedKey: string | undefined;
  /** What all places begin with. */
  readonly scope: Buffer;
  /** The first place and the one behind the last, the cursor taken into account. */
  readonly gte: Buffer;
  readonly lt: Buffer;
  readonly isReverse: boolean;
  readonly itemsMax: number;
  /** All that makes this range another one than others: for cursors. */
  readonly name: string;
  /** The same for the cursors of single items, with which the range can be read in either direction. */
  readonly itemName: string;
  readonly hasCursors: boolean;
  /** As it came; `gte` and `lt` know of it already. */
  readonly cursor: string | undefined;
  /** The key as it came, and the parameters that were given: to pass the request on. */
  readonly key: string;
  readonly given: Readonly<Record<string, string>>;
}

const BOUNDS = ['from', 'to', 'includeFrom', 'includeTo'] as const;
const PARAMETERS = ['keyForm', ...BOUNDS, 'reverse', 'after', 'before'] as const;

/** Throws `AppError`: NO_RANGE_INDEX, BAD_KEY, BAD_RANGE, BAD_CURSOR or BAD_REQUEST. */
export function readRangeRequest(view: TopicView, key: string, query: unknown): RangeRequest {
  const index = view.range;
  if (index === undefined) {
    throw new AppError('NO_RANGE_INDEX', NO_RANGE_INDEX);
  }
  const given: Record<string, string> = {};
  for (const name of PARAMETERS) {
    const value = singleParameter(query, name);
    if (value !== undefined) {
      given[name] = value;
    }
  }
  const limit = singleParameter(query, 'limit');
  const { scope, partition, storedKey } = placeOf(view, index, key, isJson(given['keyForm']));
  const isReverse = flagOf(given, 'reverse');
  const limits = BOUNDS.map((each) => given[each] ?? null);
  const itemName = JSON.stringify([
    view.topic,
    index.name,
    key,
    given['keyForm'] ?? null,
    ...limits,
  ]);
  const bounds = between(boundsOf(index, scope, given), scope, itemName, given);
  const name = JSON.stringify([view.topic, index.name, key, given]);
  const cursor = singleParameter(query, 'cursor');
  return {
    ...(cursor === undefined ? bounds : behind(bounds, scope, isReverse, name, cursor)),
    partition,
    storedKey,
    scope,
    isReverse,
    itemsMax: limit === undefined ? RANGE_ITEMS_DEFAULT : limitOf(limit, RANGE_ITEMS_MAX),
    name,
    itemName,
    hasCursors: flagOf(query, 'cursors'),
    cursor,
    key,
    given,
  };
}

interface Bounds {
  readonly gte: Buffer;
  readonly lt: Buffer;
}

function boundsOf(index: Index, scope: Buffer, given: Readonly<Record<string, string>>): Bounds {
  const from = orderOf(index, given, 'from');
  const to = orderOf(index, given, 'to');
  const includesFrom = flagOf(given, 'includeFrom', true);
  const includesTo = flagOf(given, 'includeTo');
  if (from === undefined && to === undefined) {
    throw new AppError('BAD_RANGE', 'Expected the parameter from or to, or both; found neither.');
  }
  if (from !== undefined && to !== undefined && Buffer.compare(from, to) > 0) {
    throw new AppError(
      'BAD_RANGE',
      `Expected from to be at most to; found from=${given['from'] ?? ''} and to=${given['to'] ?? ''}.`,
    );
  }
  const place = (order: Buffer, isBehind: boolean): Buffer => {
    const at = Buffer.concat([scope, order]);
    return isBehind ? behindAll(at) : at;
  };
  return {
    gte: from === undefined ? scope : place(from, !includesFrom),
    lt: to === undefined ? behindAll(scope) : place(to, includesTo),
  };
}

function orderOf(
  index: Index,
  given: Readonly<Record<string, string>>,
  name: 'from' | 'to',
): Buffer | undefined {
  // The plus of a zone is a space in a query where nobody encoded it.
  const text = index.type === 'timestamp' ? given[name]?.replace(' ', '+') : given[name];
  if (text === undefined) {
    return undefined;
  }
  const isNumber = index.type !== 'string' && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
  const order = index.orderOf({ type: isNumber ? 'number' : 'string', text });
  if (order === undefined) {
    throw new AppError('BAD_RANGE', `Expected ${name} to be ${WORDS[index.type]}, got ${text}.`);
  }
  return order;
}

const WORDS: Readonly<Record<Index['type'], string>> = {
  number: 'a number such as 7, -0.5 or 1e9',
  string: 'valid text',
  timestamp: 'a time such as 2026-01-31T12:00:00Z, or epoch milliseconds',
};

/** The bounds from the cursor's place on. */
function behind(
  { gte, lt }: Bounds,
  scope: Buffer,
  isReverse: boolean,
  name: string,
  cursor: string,
): Bounds {
  const place = Buffer.concat([scope, parseRangeCursor(name, cursor)]);
  if (Buffer.compare(place, gte) < 0 || Buffer.compare(place, lt) >= 0) {
    throw new AppError('BAD_CURSOR', 'The cursor stands outside of its range.');
  }
  return isReverse ? { gte, lt: place } : { gte: directlyBehind(place), lt };
}

/** What lies behind one item and before another one. Nothing does where they are the wrong way round. */
function between(
  { gte, lt }: Bounds,
  scope: Buffer,
  itemName: string,
  { after, before }: Readonly<Record<string, string>>,
): Bounds {
  const place = (cursor: string): Buffer =>
    Buffer.concat([scope, parseRangeCursor(itemName, cursor)]);
  const low = after === undefined ? gte : directlyBehind(place(after));
  const high = before === undefined ? lt : place(before);
  return Buffer.compare(low, high) > 0 ? { gte: high, lt: high } : { gte: low, lt: high };
}

/** There is no place between one and the same with a zero byte. */
function directlyBehind(place: Buffer): Buffer {
  return Buffer.concat([place, Buffer.alloc(1)]);
}

/** The first place behind all that begin with this one. */
function behindAll(place: Buffer): Buffer {
  const end = Buffer.from(place);
  for (let at = end.length - 1; at >= 0; at -= 1) {
    const byte = end[at] ?? 0;
    if (byte < 0xff) {
      end[at] = byte + 1;
      return end.subarray(0, at + 1);
    }
  }
  throw new Error('every place begins with a byte below 255, or ends with one');
}

function placeOf(
  view: TopicView,
  index: Index,
  key: string,
  isKeyJson: boolean,
): Pick<RangeRequest, 'scope' | 'partition' | 'storedKey'> {
  if (index.key === undefined) {
    const bytes = isKeyJson ? keyOfJson(view, key) : view.keyCodec.fromText(key);
    const stored = view.keyEncoding.encode(bytes);
    if (stored === undefined) {
      throw new AppError('BAD_KEY', `The key ${key} is not of type ${view.keyCodec.type}.`);
    }
    return {
      scope: index.scopeOfKey(stored),
      partition: view.partitionOf(bytes),
      storedKey: stored.toString('latin1'),
    };
  }
  const scalar = isKeyJson ? scalarOfJson(key) : scalarOfText(key);
  const scope = scalar && index.scopeOfScalar(scalar);
  if (scope === undefined) {
    throw new AppError('BAD_KEY', `Expected text, a number, true or false as key. Got: ${key}`);
  }
  return { scope, partition: undefined, storedKey: undefined };
}

function keyOfJson(view: TopicView, key: string): Buffer {
  try {
    checkJson(key);
    return view.keyCodec.fromJson(key);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('BAD_KEY', why, { cause: error });
  }
}

function scalarOfJson(json: string): Scalar | undefined {
  let value: unknown;
  try {
    value = checkJson(json);
  } catch {
    return undefined;
  }
  switch (typeof value) {
    case 'string':
      return { type: 'string', text: value };
    case 'number':
      return { type: 'number', text: json.trim() };
    case 'boolean':
      return { type: 'boolean', text: String(value) };
    default:
      return undefined;
  }
}

/** What is no number and no boolean is text. */
function scalarOfText(text: string): Scalar {
  const scalar = /^(?:-?\d\S*|true|false)$/.test(text) ? scalarOfJson(text) : undefined;
  return scalar ?? { type: 'string', text };
}

function isJson(form: string | undefined): boolean {
  if (form !== undefined && form !== 'json') {
    throw new AppError('BAD_REQUEST', `Expected the keyForm json or none, got ${form}.`);
  }
  return form === 'json';
}
