import type { IncomingHttpHeaders } from 'node:http';

import {
  FORWARDED_HEADER,
  MIN_POSITION_HEADER,
  UNREADABLE_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';
import { parsePosition } from '@quicksilver/contracts/mirror-api/position-token';

import type { TopicView } from '../query/topic-view.ts';
import type { ReadScope } from '../read/read-scope.ts';
import type { RouteNeeds } from './route-needs.ts';

/** The scope of a request for a topic, by its headers. Throws `AppError('BAD_POSITION')`. */
export function scopeOf(
  { queries, remote, ownersOf }: RouteNeeds,
  view: TopicView,
  headers: IncomingHttpHeaders,
): ReadScope {
  const { [MIN_POSITION_HEADER]: position, [FORWARDED_HEADER]: forwarded } = headers;
  return {
    view,
    queries,
    remote,
    ownersOf,
    position: position === undefined ? undefined : parsePosition(String(position)),
    forwarderPartitions: forwarded === undefined ? undefined : Number(forwarded),
    marksUnreadable: headers[UNREADABLE_HEADER] === 'mark',
  };
}
