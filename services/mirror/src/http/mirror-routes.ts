import type { FastifyInstance } from 'fastify';

import { keyRoutes } from './key-routes.ts';
import { listRoutes } from './list-routes.ts';
import { awaitNewPartitions } from './new-partitions.ts';
import { quickRoutes } from './quick-routes.ts';
import { rangeRoutes } from './range-routes.ts';
import type { AnswerKind, RouteNeeds } from './route-needs.ts';

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

/** All routes of the mirror; Quick's paths only where it is plain which topic they mean. */
export function mirrorRoutes(app: FastifyInstance, needs: RouteNeeds): void {
  app.addHook('onResponse', (request, reply, done) => {
    const kind = KIND_OF[request.routeOptions.url ?? ''] ?? 'other';
    needs.onAnswer(kind, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
  awaitNewPartitions(app, needs);
  keyRoutes(app, needs);
  listRoutes(app, needs);
  rangeRoutes(app, needs);
  quickRoutes(app, needs);
  app.get('/status', (_request, reply) =>
    reply.header('content-type', 'application/json').send(JSON.stringify(needs.status())),
  );
  app.get('/places', (_request, reply) =>
    reply.header('content-type', 'application/json').send(needs.places()),
  );
  app.get('/poison', (_request, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.poison() })),
  );
  app.get('/unindexed', (_request, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.unindexed() })),
  );
  app.get('/nonconforming', (_request, reply) =>
    reply
      .header('content-type', 'application/json')
      .send(JSON.stringify({ items: needs.nonconforming() })),
  );
}
