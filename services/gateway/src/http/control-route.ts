import type { FastifyInstance } from 'fastify';

/** What this gateway serves, for the manager and for people: on the operators' port. */
export function controlRoute(app: FastifyInstance, status: () => object): void {
  app.get('/control/status', (_request, reply) =>
    reply.header('content-type', 'application/json').send(JSON.stringify(status())),
  );
}
