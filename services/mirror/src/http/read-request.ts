import type { IncomingHttpHeaders } from 'node:http';

import { AppError } from '@quicksilver/common/errors/app-error';
import { FORWARDED_HEADER, MIN_POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';
import { parsePosition, type Position } from '@quicksilver/contracts/mirror-api/position-token';

import type { TopicView } from '../query/topic-view.ts';

/** The position that an answer must include. Throws `AppError('BAD_POSITION')`. */
export function minPosition(headers: IncomingHttpHeaders, view: TopicView): Position | undefined {
  const text = headers[MIN_POSITION_HEADER];
  if (text === undefined) {
    return undefined;
  }
  const position = parsePosition(String(text));
  for (const partition of position.offsets.keys()) {
    if (partition >= view.partitions) {
      throw new AppError(
        'BAD_POSITION',
        `Topic ${view.topic} has partitions 0 to ${view.partitions - 1}; the position names ${partition}.`,
      );
    }
  }
  return position;
}

export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return headers[FORWARDED_HEADER] !== undefined;
}

/** What goes along with a request that is passed on. */
export function forwardedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const position = headers[MIN_POSITION_HEADER];
  return position === undefined ? {} : { [MIN_POSITION_HEADER]: String(position) };
}

/** A parameter that is `true` or `false`; throws `AppError('BAD_REQUEST')` for anything else. */
export function flagOf(query: unknown, name: string, fallback = false): boolean {
  const text = singleParameter(query, name);
  if (text !== undefined && text !== 'true' && text !== 'false') {
    throw new AppError('BAD_REQUEST', `Expected ${name} to be true or false, got ${text}.`);
  }
  return text === undefined ? fallback : text === 'true';
}

/** The parameter where it is given once; throws `AppError('BAD_REQUEST')` where several times. */
export function singleParameter(query: unknown, name: string): string | undefined {
  const value = (query as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  throw new AppError('BAD_REQUEST', `The parameter ${name} is expected once, found several times.`);
}
