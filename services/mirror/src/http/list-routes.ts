import {
  PARTITIONS_HEADER,
  type PartitionOwners,
} from '@quicksilver/contracts/mirror-api/contract';
import { printCursor } from '@quicksilver/contracts/mirror-api/list-cursor';
import { addDeclaredRoute } from '@quicksilver/common/http/route-declaration';
import { parseListQuery } from '@quicksilver/contracts/mirror-api/list-query';
import type { FastifyInstance } from 'fastify';

import { octetsOf } from '../query/octets.ts';
import { readList } from '../read/read-list.ts';
import { setFreshness, setMixed } from './freshness-headers.ts';
import { edgeItem, listItem, listPage } from './json-array.ts';
import { GET_PARTITIONS, LIST_KEYS } from './read-declarations.ts';
import { scopeOf } from './request-scope.ts';
import type { RouteNeeds } from './route-needs.ts';

/** Lists of keys, and the owners of partitions. */
export function listRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  addDeclaredRoute(app, LIST_KEYS, async (request, reply) => {
    const { topic } = request.params as { topic: string };
    const view = needs.topics.require(topic);
    const query = parseListQuery(request.query);
    const page = await readList(scopeOf(needs, view, request.headers), query);
    reply.header('content-type', 'application/json');
    reply.header(PARTITIONS_HEADER, String(view.partitions));
    setFreshness(reply, page.freshness);
    if (page.kind === 'remote') {
      return reply.send(page.json);
    }
    setMixed(reply, view);
    const items = page.entries.map(({ key, value, cursor }) =>
      query.cursors === true
        ? edgeItem(printCursor(topic, cursor), octetsOf(value))
        : listItem(key, value),
    );
    return reply.sendLatin1(listPage(items, page.next));
  });

  addDeclaredRoute(app, GET_PARTITIONS, (request, reply) => {
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
