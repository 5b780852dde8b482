import { describeRoutes } from '@quicksilver/common/http/describe-routes';
import { addDeclaredRoute } from '@quicksilver/common/http/route-declaration';
import { pause } from '@quicksilver/common/flow/deadline';
import { POISON_RETRY_WAIT_MS } from '@quicksilver/contracts/mirror-api/contract';
import type { FastifyInstance } from 'fastify';

import { bakdataRoutes } from './bakdata-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { listRoutes } from './list-routes.ts';
import { awaitNewPartitions } from './new-partitions.ts';
import { rangeRoutes } from './range-routes.ts';
import type { AnswerKind, RouteNeeds } from './route-needs.ts';
import {
  GET_PLACEMENT,
  GET_SIZE,
  GET_STATUS,
  LIST_NONCONFORMING,
  LIST_POISON,
  LIST_TOPIC_POISON,
  LIST_UNINDEXED,
  RETRY_POISON,
} from './status-declarations.ts';

const KIND_OF: Readonly<Record<string, AnswerKind>> = {
  '/topics/:topic/keys/:key': 'key',
  '/mirror/:key': 'key',
  '/topics/:topic/keys::batchGet': 'batch',
  '/topics/:topic/keys::offsets': 'batch',
  '/topics/:topic/keys::locate': 'batch',
  '/topics/:topic/keys::held': 'batch',
  '/mirror/keys': 'batch',
  '/topics/:topic/keys': 'list',
  '/mirror': 'list',
  '/topics/:topic/range/:key': 'range',
  '/mirror/range/:key': 'range',
};

/** Undefined if the work takes longer. */
async function firstOf<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const end = new AbortController();
  try {
    return await Promise.race([work, pause(ms, end.signal).then(() => undefined)]);
  } finally {
    end.abort();
  }
}

/**
 * All routes of the mirror. Those of bakdata Quick work while the mirror hosts exactly one topic.
 */
export function mirrorRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  app.addHook('onResponse', (request, reply, done) => {
    const kind = KIND_OF[request.routeOptions.url ?? ''] ?? 'other';
    needs.onAnswer(kind, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
  describeRoutes(app, {
    title: 'Quicksilver mirror',
    description:
      'Serves the latest values of the keys of topics. A request for a partition of another replica is forwarded once.',
  });
  awaitNewPartitions(app, needs);
  keyRoutes(app, needs);
  listRoutes(app, needs);
  rangeRoutes(app, needs);
  bakdataRoutes(app, needs);
  addDeclaredRoute(app, GET_STATUS, (_request, reply) =>
    reply.header('content-type', 'application/json').send(JSON.stringify(needs.status())),
  );
  addDeclaredRoute(app, GET_PLACEMENT, (_request, reply) =>
    reply.header('content-type', 'application/json').send(needs.placement()),
  );
  addDeclaredRoute(app, GET_SIZE, async (request, reply) => {
    const view = needs.topics.require((request.params as { topic: string }).topic);
    return reply
      .header('content-type', 'application/json')
      .send(JSON.stringify(await needs.sizes.of(view)));
  });
  addDeclaredRoute(app, LIST_POISON, (_request, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.poison() })),
  );
  addDeclaredRoute(app, LIST_TOPIC_POISON, (request, reply) => {
    const { topic } = needs.topics.require((request.params as { topic: string }).topic);
    return reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.poison(topic) }));
  });
  addDeclaredRoute(app, RETRY_POISON, async (request, reply) => {
    const { topic } = needs.topics.require((request.params as { topic: string }).topic);
    const partitions = await firstOf(needs.retryPoison(topic), POISON_RETRY_WAIT_MS);
    return partitions === undefined
      ? await reply.code(202).send()
      : await reply.header('content-type', 'application/json').send(JSON.stringify({ partitions }));
  });
  addDeclaredRoute(app, LIST_UNINDEXED, (_request, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.unindexed() })),
  );
  addDeclaredRoute(app, LIST_NONCONFORMING, (_request, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.nonconforming() })),
  );
}
