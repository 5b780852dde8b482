import { permits } from '@quicksilver/common/access/caller';
import type { Shortcut } from '@quicksilver/common/http/shortcut';
import { ALWAYS } from '@quicksilver/common/http/send-hook';
import {
  AGE_HEADER,
  FORWARDED_HEADER,
  LAG_HEADER,
  MIN_POSITION_HEADER,
  POSITION_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';

import type { QueryService } from '../query/query-service.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { CachedValue } from '../query/value-cache.ts';
import { ageMsOf } from '../read/freshness.ts';
import { lagOf, positionOf } from './freshness-headers.ts';
import { recordFields, recordOf } from './record-headers.ts';
import type { RouteNeeds } from './route-needs.ts';

/** `/topics/{topic}/keys/{key}` without encoded characters and without a query. */
const PLAIN_PATH = /^\/topics\/([\w.-]+)\/keys\/([\w.~-]+)$/;

/** The headers of every response. A list is much cheaper for Node than an object. */
const FIELDS = [
  'content-type',
  'application/json',
  'x-content-type-options',
  ALWAYS['x-content-type-options'],
];

/**
 * Responds to a GET of one text key that has a value in its home partition, the most frequent
 * request of a mirror. It bypasses the router and its hooks, which take most of the time of such a
 * response. The response equals that of the route, which handles all other requests.
 */
export function keyShortcut(needs: Pick<RouteNeeds, 'topics' | 'queries' | 'onAnswer'>): Shortcut {
  return (request, response, caller) => {
    const startedMs = performance.now();
    const match = request.method === 'GET' ? PLAIN_PATH.exec(request.url ?? '') : null;
    const [, topic, key] = match ?? [];
    if (topic === undefined || key === undefined) {
      return false;
    }
    const view = needs.topics.find(topic);
    const { headers } = request;
    if (
      view?.keyCodec.type !== 'STRING' ||
      !permits(caller, { right: 'read', topic }) ||
      headers[MIN_POSITION_HEADER] !== undefined ||
      headers[FORWARDED_HEADER] !== undefined ||
      headers['if-none-match'] !== undefined
    ) {
      return false;
    }
    const value = needs.queries.cached(view, key) ?? storedValue(needs.queries, view, key);
    if (value === undefined) {
      return false;
    }
    const { partition, json } = value;
    const position = positionOf(partition);
    const fields = recordFields(recordOf(value));
    if (position !== undefined) {
      fields.push(POSITION_HEADER, position);
    }
    const ageMs = ageMsOf(partition);
    if (ageMs !== undefined) {
      fields.push(AGE_HEADER, String(ageMs));
    }
    fields.push(LAG_HEADER, lagOf(partition), ...FIELDS, 'content-length', String(json.length));
    response.writeHead(200, fields);
    response.end(json, 'latin1');
    needs.onAnswer('key', 200, (performance.now() - startedMs) / 1_000);
    return true;
  };
}

/** Undefined if the route has to find the response: an error, another replica's, or a warning. */
function storedValue(queries: QueryService, view: TopicView, key: string): CachedValue | undefined {
  const bytes = view.keyCodec.fromText(key);
  const partition = view.placement.isMixed ? undefined : view.owned(view.partitionOf(bytes));
  const result = partition && queries.get(view, partition, bytes);
  return result?.ok === true && result.value.skipped === undefined ? result.value : undefined;
}
