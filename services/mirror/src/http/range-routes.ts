import { Readable } from 'node:stream';

import { RANGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import { addDeclaredRoute } from '@quicksilver/common/http/route-declaration';
import {
  parseRangePartQuery,
  parseRangeQuery,
  type RangePartParameters,
} from '@quicksilver/contracts/mirror-api/range-query';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { bytesOf, type Octets } from '../query/octets.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { RangeItem } from '../read/merge-range.ts';
import { checkPartitions } from '../read/partition-list.ts';
import { printRangeCursor } from '../read/range-cursor.ts';
import { printPlacedItem, printRangeItem } from '../read/range-item-json.ts';
import { rangeRequest, type RangeRequest } from '../read/range-request.ts';
import {
  cursorBehind,
  partitionsOfRange,
  RangeReading,
  type RangeStep,
} from '../read/read-range.ts';
import { isForwarded } from '../read/read-scope.ts';
import { setFreshness, setMixed } from './freshness-headers.ts';
import { edgeItem, listPage } from './json-array.ts';
import { GET_RANGE } from './read-declarations.ts';
import { scopeOf } from './request-scope.ts';
import type { RouteNeeds } from './route-needs.ts';

/** A page of a range. */
export function rangeRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  addDeclaredRoute(app, GET_RANGE, async (request, reply) => {
    const { topic, key } = request.params as { topic: string; key: string };
    const view = needs.topics.require(topic);
    const range = rangeRequest(view, key, parseRangeQuery(request.query));
    const scope = scopeOf(needs, view, request.headers);
    const part = isForwarded(scope) ? parseRangePartQuery(request.query) : undefined;
    checkPartitions(view, part?.partitions ?? []);
    const partitions = new Set(part?.partitions ?? partitionsOfRange(scope, range));
    const reading = await RangeReading.open(scope, range, partitions);
    try {
      const { items, last } = await reading.read(range.itemsMax);
      const next = reading.isAtEnd ? null : cursorBehind(range, last);
      setFreshness(reply, reading.freshness);
      setMixed(reply, view);
      const texts = items.map(itemPrinter(range, part));
      return await reply
        .header('content-type', 'application/json')
        .sendLatin1(listPage(texts, next));
    } finally {
      await reading.close();
    }
  });
}

function itemPrinter(
  range: RangeRequest,
  part: RangePartParameters | undefined,
): (item: RangeItem) => Octets {
  if (part !== undefined) {
    return part.places === true ? printPlacedItem : printRangeItem;
  }
  return range.query.cursors === true
    ? ({ place, value }) => edgeItem(printRangeCursor(range.itemName, bytesOf(place)), value)
    : ({ value }) => value;
}

/**
 * `GET /mirror/range/{key}` of bakdata Quick: `{"value":[…]}` with the whole range, as fast as the
 * client reads. The part of this replica is one snapshot. Other replicas send theirs page by page.
 */
export async function answerBakdataRange(
  needs: RouteNeeds,
  view: TopicView,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { key } = request.params as { key: string };
  const range = rangeRequest(view, key, parseRangeQuery(request.query));
  const scope = scopeOf(needs, view, request.headers);
  const reading = await RangeReading.open(scope, range, partitionsOfRange(scope, range));
  let first: RangeStep;
  try {
    // Before the first byte is sent, so that a partition that fails becomes an error response.
    first = await reading.read(RANGE_ITEMS_MAX);
  } catch (error) {
    await reading.close();
    throw error;
  }
  setFreshness(reply, reading.freshness);
  const body = Readable.from(allItems(reading, first), { objectMode: false });
  // The generator of a stream that was never read does not run to its end.
  body.once('close', () => void reading.close());
  return reply.header('content-type', 'application/json').send(body);
}

async function* allItems(reading: RangeReading, first: RangeStep): AsyncGenerator<Buffer> {
  let separator = '{"value":[\n';
  let { items } = first;
  for (;;) {
    let octets = '';
    for (const { value } of items) {
      octets += separator;
      octets += value;
      separator = '\n,';
    }
    if (octets !== '') {
      yield bytesOf(octets);
    }
    if (reading.isAtEnd) {
      break;
    }
    ({ items } = await reading.read(RANGE_ITEMS_MAX));
  }
  yield Buffer.from(separator === '\n,' ? '\n]}' : '{"value":[\n]}');
}
