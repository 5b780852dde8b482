import {
  PARTITIONS_HEADER,
  type PartitionOwners,
} from '@quicksilver/contracts/mirror-api/contract';
import { printCursor } from '@quicksilver/contracts/mirror-api/list-cursor';
import type { FastifyInstance } from 'fastify';

import { Freshness, setMixed } from './freshness.ts';
import { bodyOf, edgeItem, listItem, listPage, octetsOf } from './json-array.ts';
import { readListRequest } from './list-request.ts';
import { readPage } from '../read/read-page.ts';
import type { RouteNeeds } from './route-needs.ts';

/** `GET /topics/{topic}/keys` and `/partitions`. */
export function listRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  app.get('/topics/:topic/keys', async (request, reply) => {
    const { topic } = request.params as { topic: string };
    const view = needs.topics.require(topic);
    const wanted = readListRequest(view, request.query);
    const page = await readPage(needs, view, wanted, request.headers);
    reply.header('content-type', 'application/json');
    reply.header(PARTITIONS_HEADER, String(view.partitions));
    if (page.kind === 'forwarded') {
      const freshness = new Freshness();
      freshness.addForwarded(page.answer);
      freshness.setHeaders(reply);
      return reply.send(page.answer.body);
    }
    page.freshness.setHeaders(reply);
    setMixed(reply, view);
    const next = page.next === undefined ? null : printCursor(topic, page.next);
    const items = page.entries.map(({ key, value, at }) =>
      wanted.hasCursors ? edgeItem(printCursor(topic, at), octetsOf(value)) : listItem(key, value),
    );
    return reply.send(bodyOf(listPage(items, next)));
  });

  app.get('/topics/:topic/partitions', (request, reply) => {
    const { topic } = request.params as { topic: string };
    const view = needs.topics.require(topic);
    const { partitions } = view;
    setMixed(reply, view, true);
    const owners: PartitionOwners = Object.fromEntries(
      Array.from({ length: partitions }, (_, partition) => [partition, needs.ownersOf(partition)]),
    );
    return reply.header('content-type', 'application/json').send(JSON.stringify(owners));
  });
}
