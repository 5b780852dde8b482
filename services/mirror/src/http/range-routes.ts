import { Readable } from 'node:stream';

import { RANGE_ITEMS_MAX } from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { printRangeCursor } from '../read/range-cursor.ts';
import type { TopicView } from '../query/topic-view.ts';
import type { Octets } from '../query/value-cache.ts';
import { setMixed } from './freshness.ts';
import { bodyOf, edgeItem, listPage } from './json-array.ts';
import { partitionsOf } from './list-request.ts';
import type { RangeItem } from '../read/merge-range.ts';
import { readRangeRequest, type RangeRequest } from '../read/range-request.ts';
import {
  cursorBehind,
  partitionsOfRange,
  printPlacedItem,
  printRangeItem,
  RangeReading,
  type RangeStep,
} from '../read/read-range.ts';
import { flagOf, isForwarded, singleParameter } from './read-request.ts';
import type { RouteNeeds } from './route-needs.ts';

/** `GET /topics/{topic}/range/{key}`, a page of a range. */
export function rangeRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  app.get('/topics/:topic/range/:key', async (request, reply) => {
    const { topic, key } = request.params as { topic: string; key: string };
    const view = needs.topics.require(topic);
    const wanted = readRangeRequest(view, key, request.query);
    const isPart = isForwarded(request.headers);
    const named = isPart ? singleParameter(request.query, 'partitions') : undefined;
    const partitions =
      named === undefined
        ? partitionsOfRange(view, wanted, request.headers)
        : partitionsOf(view, named);
    const reading = await RangeReading.open(needs, view, wanted, partitions, request.headers);
    try {
      const { items, last } = await reading.read(wanted.itemsMax);
      const next = reading.isAtEnd ? null : cursorBehind(wanted, last);
      reading.freshness.setHeaders(reply);
      setMixed(reply, view);
      const isPlaced = isPart && flagOf(request.query, 'places');
      const texts = items.map(
        isPart
          ? isPlaced
            ? printPlacedItem
            : printRangeItem
          : wanted.hasCursors
            ? (item) => withCursor(wanted, item)
            : valueText,
      );
      return await reply
        .header('content-type', 'application/json')
        .send(bodyOf(listPage(texts, next)));
    } finally {
      await reading.close();
    }
  });
}

/**
 * Quick's `GET /mirror/range/{key}`: `{"value":[…]}` with all of the range, as the client reads. What
 * this replica has of it is from one snapshot; what others have comes page by page.
 */
export async function answerQuickRange(
  needs: RouteNeeds,
  view: TopicView,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { key } = request.params as { key: string };
  const wanted = readRangeRequest(view, key, request.query);
  const partitions = partitionsOfRange(view, wanted, request.headers);
  const reading = await RangeReading.open(needs, view, wanted, partitions, request.headers);
  let first: RangeStep;
  try {
    // Before the first byte is sent, so that a partition that does not answer is an error of its own.
    first = await reading.read(RANGE_ITEMS_MAX);
  } catch (error) {
    await reading.close();
    throw error;
  }
  reading.freshness.setHeaders(reply);
  const body = Readable.from(allItems(reading, first), { objectMode: false });
  // The generator of a stream that was never read does not run, and so not its end.
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
      yield bodyOf(octets);
    }
    if (reading.isAtEnd) {
      break;
    }
    ({ items } = await reading.read(RANGE_ITEMS_MAX));
  }
  yield Buffer.from(separator === '\n,' ? '\n]}' : '{"value":[\n]}');
}

function withCursor({ itemName }: RangeRequest, { place, value }: RangeItem): Octets {
  return edgeItem(printRangeCursor(itemName, bodyOf(place)), value);
}

function valueText({ value }: RangeItem): Octets {
  return value;
}
