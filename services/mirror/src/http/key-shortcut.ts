import { ALWAYS, type Shortcut } from '@quicksilver/common/http/http-server';
import {
  LAG_HEADER,
  MIN_POSITION_HEADER,
  POSITION_HEADER,
} from '@quicksilver/contracts/mirror-api/contract';

import { lagOf, positionOf } from './freshness.ts';
import { placeFields, placeOf } from './record-place.ts';
import type { RouteNeeds } from './route-needs.ts';

/** `/topics/{topic}/keys/{key}` where nothing is encoded and nothing is asked besides. */
const PLAIN_PATH = /^\/topics\/([\w.-]+)\/keys\/([\w.~-]+)$/;

/** Of every answer, as a list: that costs Node a good part less than an object. */
const FIELDS = [
  'content-type',
  'application/json',
  'x-content-type-options',
  ALWAYS['x-content-type-options'],
];

/**
 * Answers GET of one text key whose value was read lately, which is most of what a mirror is asked,
 * without the router and its hooks: they take half the time of such an answer. The answer is the
 * one that the route would give; whatever is less plain is left to it.
 */
export function keyShortcut(needs: Pick<RouteNeeds, 'topics' | 'queries' | 'onAnswer'>): Shortcut {
  return (request, response) => {
    const beganMs = performance.now();
    const match = request.method === 'GET' ? PLAIN_PATH.exec(request.url ?? '') : null;
    const [, topic, key] = match ?? [];
    if (topic === undefined || key === undefined) {
      return false;
    }
    const view = needs.topics.find(topic);
    const { headers } = request;
    if (
      view?.keyCodec.type !== 'STRING' ||
      headers[MIN_POSITION_HEADER] !== undefined ||
      headers['if-none-match'] !== undefined
    ) {
      return false;
    }
    const hit = needs.queries.cached(view, key);
    if (hit === undefined) {
      return false;
    }
    const { partition, json } = hit;
    const position = positionOf(partition);
    const fields = placeFields(placeOf(hit));
    if (position !== undefined) {
      fields.push(POSITION_HEADER, position);
    }
    fields.push(LAG_HEADER, lagOf(partition), ...FIELDS, 'content-length', String(json.length));
    response.writeHead(200, fields);
    response.end(json, 'latin1');
    needs.onAnswer('key', 200, (performance.now() - beganMs) / 1_000);
    return true;
  };
}
