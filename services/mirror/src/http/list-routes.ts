import {
  PARTITIONS_HEADER,
  type PartitionOwners,
} from '@quicksilver/contracts/mirror-api/contract';
import { printCursor } from '@quicksilver/contracts/mirror-api/list-cursor';
import { addDeclaredRoute } from '@quicksilver/common/http/route-declaration';
import { parseListQuery } from '@quicksilver/contracts/mirror-api/list-query';
import { parseSizeQuery } from '@quicksilver/contracts/mirror-api/size-query';
import type { FastifyInstance } from 'fastify';

import { bytesOf, octetsOf } from '../query/octets.ts';
import { checkPartitions } from '../read/partition-list.ts';
import { readList } from '../read/read-list.ts';
import { unwrap } from '../read/unwrap.ts';
import { wrongOwner } from '../read/wrong-owner.ts';
import { setFreshness, setMixed } from './freshness-headers.ts';
import { edgeItem, listItem, listPage } from './json-array.ts';
import { GET_PARTITIONS, GET_SIZE, LIST_KEYS } from './read-declarations.ts';
import { scopeOf } from './request-scope.ts';
import type { RouteNeeds } from './route-needs.ts';

/** Lists of keys, the owners of partitions, and sizes. */
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
    return reply.send(bytesOf(listPage(items, page.next)));
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

  addDeclaredRoute(app, GET_SIZE, async (request, reply) => {
    const view = needs.topics.require((request.params as { topic: string }).topic);
    const { partitions } = parseSizeQuery(request.query);
    checkPartitions(view, partitions ?? []);
    const scope = scopeOf(needs, view, request.headers);
    const owned = partitions?.map((partition) => {
      const here = view.owned(partition);
      if (here === undefined) {
        throw wrongOwner(scope, partition);
      }
      return here;
    });
    const size = unwrap(await needs.queries.size(view, owned ?? view.listOwned()));
    return reply.header('content-type', 'application/json').send(JSON.stringify(size));
  });
}
