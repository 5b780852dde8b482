import { AppError } from '@quicksilver/common/errors/app-error';
import type { RangeParameters } from '@quicksilver/contracts/mirror-api/range-query';

import type { TopicView } from '../query/topic-view.ts';

type Index = NonNullable<TopicView['range']>;

/** Half-open: the first place, and the one behind the last. */
export interface Bounds {
  readonly gte: Buffer;
  readonly lt: Buffer;
}

/** Throws `AppError('BAD_RANGE')`. */
export function boundsOf(index: Index, scope: Buffer, query: RangeParameters): Bounds {
  const { includeFrom = true, includeTo = false } = query;
  const from = orderOf(index, query, 'from');
  const to = orderOf(index, query, 'to');
  if (from === undefined && to === undefined) {
    throw new AppError('BAD_RANGE', 'Expected the parameter from or to, or both; found neither.');
  }
  if (from !== undefined && to !== undefined && Buffer.compare(from, to) > 0) {
    throw new AppError(
      'BAD_RANGE',
      `Expected from to be at most to; found from=${query.from ?? ''} and to=${query.to ?? ''}.`,
    );
  }
  const place = (order: Buffer, isBehind: boolean): Buffer => {
    const at = Buffer.concat([scope, order]);
    return isBehind ? behindAll(at) : at;
  };
  return {
    gte: from === undefined ? scope : place(from, !includeFrom),
    lt: to === undefined ? behindAll(scope) : place(to, includeTo),
  };
}

function orderOf(index: Index, query: RangeParameters, name: 'from' | 'to'): Buffer | undefined {
  // The plus of a zone is a space if the client did not encode it.
  const text = index.type === 'timestamp' ? query[name]?.replace(' ', '+') : query[name];
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

/** The bounds from the place of a cursor on. Throws `AppError('BAD_CURSOR')`. */
export function boundsFrom({ gte, lt }: Bounds, place: Buffer, isReverse: boolean): Bounds {
  if (Buffer.compare(place, gte) < 0 || Buffer.compare(place, lt) >= 0) {
    throw new AppError(
      'BAD_CURSOR',
      'The cursor is outside of its range. Start again without a cursor.',
    );
  }
  return isReverse ? { gte, lt: place } : { gte: directlyBehind(place), lt };
}

/**
 * The bounds between the places of two items. They are empty if the places are in the wrong order.
 */
export function boundsBetween(
  { gte, lt }: Bounds,
  after: Buffer | undefined,
  before: Buffer | undefined,
): Bounds {
  const low = after === undefined ? gte : directlyBehind(after);
  const high = before ?? lt;
  return Buffer.compare(low, high) > 0 ? { gte: high, lt: high } : { gte: low, lt: high };
}

/** No place is between a place and the same with a zero byte. */
function directlyBehind(place: Buffer): Buffer {
  return Buffer.concat([place, Buffer.alloc(1)]);
}

/** The first place behind all places with this prefix. */
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
